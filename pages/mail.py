"""Mail log: which mails wait, were sent, or could not be."""

from cdrstats.ui import filters, frame, mail, show

frame.require("mail")

zone = filters.zone()
show.title("Mail log")

mail.log(zone)
filters.complain()
