"""Account: who you are here, your password, codes, sessions, and tokens of your programs."""

from cdrstats.ui import account, filters, frame, show, tokens

viewer = frame.whoever()

zone = filters.zone()
show.title("Your account")

person = account.who(viewer)
account.password()
account.second_step(person)
account.where(viewer, zone)
if viewer.may("api"):
    tokens.own(person, zone)
