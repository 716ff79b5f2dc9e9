"""Account: who you are here, your password, the codes of your telephone, your sessions."""

from cdrstats.ui import account, filters, frame, show

viewer = frame.whoever()

zone = filters.zone()
show.title("Your account")

person = account.who(viewer)
account.password()
account.second_step(person)
account.where(viewer, zone)
