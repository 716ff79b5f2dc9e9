"""Mail log: which mails wait, were sent, or could not be; and the channels beside them."""

from cdrstats.ui import channels, filters, frame, mail, show

frame.require("mail")

zone = filters.zone()
show.title("Mail log")

mail.log(zone)
channels.section()
filters.complain()
