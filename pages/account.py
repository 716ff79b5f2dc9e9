"""Your account: who you are here, password, codes, sessions, numbers in full, tokens."""

from cdrstats.ui import account, filters, frame, masking, show, tokens

viewer = frame.whoever()

zone = filters.zone()
show.title("Your account")

person = account.who(viewer)
account.password(person)
account.second_step(person)
masking.card(viewer)
account.where(viewer, zone)
if viewer.may("api"):
    tokens.own(person, zone)
