"""Splits a bill with the client that openapi-generator generates for Python."""

import base64
import os

import strongroom
from strongroom import models

client = strongroom.ApiClient(
    strongroom.Configuration(host=os.environ["STRONGROOM_URL"], access_token=os.environ["STRONGROOM_KEY"])
)
users = strongroom.SplitUsersApi(client)
bills = strongroom.SplitBillsApi(client)
payment_requests = strongroom.SplitPaymentRequestsApi(client)

asha = models.SplitCreateUser(phone_number="98765 43202", name="Asha Rao", upi_id="asha@okaxis")
asha = users.split_find_or_create_user(asha)


def contact(name, phone_number):
    new = models.SplitCreateContact(name=name, phone_number=phone_number)
    return strongroom.SplitContactsApi(client).split_create_contact(asha.id, new).id


contacts = [contact("Ravi", "98765 43211"), contact("Meera", "98765 43212")]

# Floats would make 0.30000000000000004 of it.
parts = [
    models.SplitDivisionParticipant(contact_id=id, amount=amount) for id, amount in zip(contacts, ["0.10", "0.20"])
]
exact = models.SplitDivision(mode=models.SplitMode.EXACT, participants=parts)
preview = bills.split_preview_split(models.SplitPreviewSplit(total_amount="0.30", split=exact))
assert [share.amount_owed for share in preview.participants] == ["0.10", "0.20"], preview

equal = models.SplitDivision(
    mode=models.SplitMode.EQUAL,
    organiser=models.SplitDivisionOrganiser(),
    participants=[models.SplitDivisionParticipant(contact_id=id) for id in contacts],
)
bill = models.SplitCreateBill(user_id=asha.id, total_amount="100.00", description="Dinner", split=equal)
bill = bills.split_create_bill(bill)
assert [share.amount_owed for share in bill.participants] == ["33.34", "33.33"], bill
assert (bill.total_amount, bill.organiser_share) == ("100.00", "33.33"), bill

# The body of both may be left out.
requests = payment_requests.split_request_payments(bill.id).data
assert len(requests) == 2 and "am=33.34" in requests[0].upi_link, requests
assert strongroom.SplitSessionsApi(client).split_open_session(asha.id).token_type == "Bearer"

png = bytes(payment_requests.split_get_qr_png(requests[0].id))
assert png.startswith(b"\x89PNG\r\n\x1a\n"), png[:8]
assert bytes(payment_requests.split_get_qr_svg(requests[0].id)).startswith(b"<svg ")
code = payment_requests.split_get_qr_code(requests[0].id)
assert base64.b64decode(code.data_uri.removeprefix("data:image/png;base64,")) == png

participants = strongroom.SplitParticipantsApi(client)
confirmed = [participants.split_confirm_participant(share.id) for share in bill.participants]
assert [share.bill_status for share in confirmed] == ["active", "completed"], confirmed

assert bills.split_get_bill(bill.id).status == models.SplitBillStatus.COMPLETED
[summary] = bills.split_list_bills(asha.id, status=models.SplitBillStatus.COMPLETED).data
assert (summary.total_paid, summary.remaining) == ("66.67", "0.00"), summary
