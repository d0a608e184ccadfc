"""Splits a bill with the client that openapi-python-client generates."""

import base64
import os

from strongroom import AuthenticatedClient
from strongroom.api.split_bills import split_create_bill, split_get_bill, split_list_bills, split_preview_split
from strongroom.api.split_contacts import split_create_contact
from strongroom.api.split_participants import split_confirm_participant
from strongroom.api.split_payment_requests import (
    split_get_qr_code,
    split_get_qr_png,
    split_get_qr_svg,
    split_request_payments,
)
from strongroom.api.split_sessions import split_open_session
from strongroom.api.split_users import split_find_or_create_user
from strongroom.models import (
    SplitBillStatus,
    SplitCreateBill,
    SplitCreateContact,
    SplitCreateUser,
    SplitDivision,
    SplitDivisionOrganiser,
    SplitDivisionParticipant,
    SplitMode,
    SplitPreviewSplit,
)

client = AuthenticatedClient(os.environ["STRONGROOM_URL"], os.environ["STRONGROOM_KEY"], raise_on_unexpected_status=True)

asha = SplitCreateUser(phone_number="98765 43201", name="Asha Rao", upi_id="asha@okaxis")
asha = split_find_or_create_user.sync(client=client, body=asha)


def contact(name, phone_number):
    return split_create_contact.sync(asha.id, client=client, body=SplitCreateContact(name, phone_number)).id


contacts = [contact("Ravi", "98765 43211"), contact("Meera", "98765 43212")]

# Floats would make 0.30000000000000004 of it.
parts = [SplitDivisionParticipant(id, amount=amount) for id, amount in zip(contacts, ["0.10", "0.20"])]
preview = SplitPreviewSplit(SplitDivision(SplitMode.EXACT, participants=parts), "0.30")
preview = split_preview_split.sync(client=client, body=preview)
assert [share.amount_owed for share in preview.participants] == ["0.10", "0.20"], preview

equal = SplitDivision(
    SplitMode.EQUAL,
    organiser=SplitDivisionOrganiser(),
    participants=[SplitDivisionParticipant(id) for id in contacts],
)
bill = split_create_bill.sync(client=client, body=SplitCreateBill("100.00", asha.id, description="Dinner", split=equal))
assert [share.amount_owed for share in bill.participants] == ["33.34", "33.33"], bill
assert (bill.total_amount, bill.organiser_share) == ("100.00", "33.33"), bill

# The body of both may be left out.
requests = split_request_payments.sync(bill.id, client=client).data
assert len(requests) == 2 and "am=33.34" in requests[0].upi_link, requests
assert split_open_session.sync(asha.id, client=client).token_type == "Bearer"

png = split_get_qr_png.sync(requests[0].id, client=client).payload.read()
assert png.startswith(b"\x89PNG\r\n\x1a\n"), png[:8]
assert split_get_qr_svg.sync(requests[0].id, client=client).payload.read().startswith(b"<svg ")
code = split_get_qr_code.sync(requests[0].id, client=client)
assert base64.b64decode(code.data_uri.removeprefix("data:image/png;base64,")) == png

confirmed = [split_confirm_participant.sync(share.id, client=client) for share in bill.participants]
assert [share.bill_status for share in confirmed] == [SplitBillStatus.ACTIVE, SplitBillStatus.COMPLETED], confirmed

assert split_get_bill.sync(bill.id, client=client).status == SplitBillStatus.COMPLETED
[summary] = split_list_bills.sync(asha.id, client=client, status=SplitBillStatus.COMPLETED).data
assert (summary.total_paid, summary.remaining) == ("66.67", "0.00"), summary
