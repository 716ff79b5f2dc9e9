"""The demo's customers, switches and carriers, before the first call and after the last."""

from sqlalchemy import Connection, delete, exists, select

from cdrstats import customers, switches
from cdrstats.accounts import EVERYONE
from cdrstats.db.schema import (
    account_code,
    carrier,
    customer,
    customer_number,
    customer_trunk,
    import_file,
    note,
    switch,
    switch_address,
    switch_feed,
    voip_cdr,
)
from cdrstats.demo.world import CUSTOMERS, SWITCHES

SOURCE_TYPES = {"asterisk_csv": 4, "freeswitch_csv": 3, "cdrstats_csv": 1}


def introduce(conn: Connection) -> None:
    """The switches with their zones and rules, and whose the account codes are."""
    for each in sorted(SWITCHES, key=lambda each: each.name):
        switches.find_or_create(
            conn, each.name, SOURCE_TYPES[each.source], each.timezone, each.country
        )
    known = customers.list_customers(conn, EVERYONE)
    names = {customer.name for customer in known}
    taken = {code for customer in known for code in customer.account_codes}
    for person in CUSTOMERS:
        if person.name not in names:
            customers.add(conn, person.name)
        customers.assign(conn, person.name, set(person.account_codes) - taken)


def dismiss(conn: Connection) -> None:
    """Delete the demo's customers, switches and carriers that nothing refers to any more.

    What was noted of them goes with them.
    """
    codes = [code for each in CUSTOMERS for code in each.account_codes]
    has_calls = exists().where(voip_cdr.c.user_id == customer.c.id)
    has_other_codes = exists().where(
        account_code.c.customer_id == customer.c.id, account_code.c.accountcode.not_in(codes)
    )
    has_numbers = exists().where(customer_number.c.customer_id == customer.c.id)
    has_trunks = exists().where(customer_trunk.c.customer_id == customer.c.id)
    unused = select(customer.c.id).where(
        customer.c.name.in_([each.name for each in CUSTOMERS]),
        ~(has_calls | has_other_codes | has_numbers | has_trunks),
    )
    gone = conn.execute(unused).scalars().all()
    conn.execute(delete(account_code).where(account_code.c.customer_id.in_(gone)))
    conn.execute(delete(note).where(note.c.user_id.in_(gone)))
    conn.execute(delete(customer).where(customer.c.id.in_(gone)))

    is_used = (
        exists().where(voip_cdr.c.switch_id == switch.c.id)
        | exists().where(import_file.c.switch_id == switch.c.id)
        | exists().where(switch_address.c.switch_id == switch.c.id)
    )
    unused = select(switch.c.id).where(
        switch.c.name.in_([each.name for each in SWITCHES]), ~is_used
    )
    gone = conn.execute(unused).scalars().all()
    conn.execute(delete(switch_feed).where(switch_feed.c.switch_id.in_(gone)))
    conn.execute(delete(note).where(note.c.switch_id.in_(gone)))
    conn.execute(delete(switch).where(switch.c.id.in_(gone)))

    names = {each.name for place in SWITCHES for each, _ in place.carriers}
    has_calls = exists().where(voip_cdr.c.carrier_id == carrier.c.id)
    is_owned = exists().where(customer_trunk.c.carrier_id == carrier.c.id)
    conn.execute(delete(carrier).where(carrier.c.name.in_(names), ~(has_calls | is_owned)))
