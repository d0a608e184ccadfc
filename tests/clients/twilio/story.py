"""Requests that Twilio's own library signs are taken, and others are refused before anything of them is read."""

import hashlib
import http.client
import json
import os
import urllib.parse
import urllib.request

from multidict import MultiDict
from twilio.request_validator import RequestValidator

URL = os.environ["STRONGROOM_URL"]
KEY = os.environ["STRONGROOM_KEY"]
WEBHOOK = "/v1/whatsapp/webhook/twilio"
PHONE = "+12025550101"

twilio = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


def message(sid, *own):
    """The parameters of a message, in the order in which they are sent. A name may come several times."""
    usual = [("MessageSid", sid), ("From", f"whatsapp:{PHONE}"), ("To", "whatsapp:+14155238886"), ("ProfileName", "Asha")]
    return MultiDict([*usual, *own])


def post(path, body, headers):
    """Sends a request whose path nothing escapes anew. Answers status and body."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(URL).netloc, timeout=20)
    connection.request("POST", path, body.encode(), headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def send(path, form, signature):
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return post(path, urllib.parse.urlencode(list(form.items())), headers)


def get(path):
    request = urllib.request.Request(URL + path, headers={"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def taken(path, form):
    signature = twilio.compute_signature(URL + path, form)
    assert twilio.validate(URL + path, form, signature), "the library takes its own signature"
    answer = send(path, form, signature)
    assert answer == (200, NOTHING), f"{path}: {answer}"
    return signature


signature = taken(WEBHOOK, message("SM1", ("Body", "What is Apache Spark?"), ("NumMedia", "0")))
taken(WEBHOOK, message("SM2", ("Body", "zażółć 😀\r\n & = +"), ("Empty", ""), ("NumMedia", "0")))
taken(WEBHOOK, message("SM3", ("Body", "b"), ("Body", "a"), ("Body", "b"), ("NumMedia", "0")))
taken(f"{WEBHOOK}?tag=it's+ok&b=2&a=%7e", message("SM4", ("Body", "query"), ("NumMedia", "0")))
taken(WEBHOOK, message("SM5", ("Body", ""), ("NumMedia", "1"), ("MediaContentType0", "image/jpeg")))

# Whatever was changed is refused.
for path, form, signed in [
    (WEBHOOK, message("SM1", ("Body", "What is Apache Spark!"), ("NumMedia", "0")), signature),
    (WEBHOOK, message("SM1", ("Body", "What is Apache Spark?"), ("NumMedia", "0"), ("X", "1")), signature),
    (f"{WEBHOOK}?a=1", message("SM1", ("Body", "What is Apache Spark?"), ("NumMedia", "0")), signature),
    (WEBHOOK, message("SM6", ("Body", "x")), RequestValidator("67890").compute_signature(URL + WEBHOOK, message("SM6", ("Body", "x")))),
]:
    status, problem = send(path, form, signed)
    assert status == 403 and json.loads(problem)["code"] == "invalid_signature", problem

# Of JSON the URL is signed, with the digest of the body.
body = json.dumps({"MessageSid": "SM7", "From": f"whatsapp:{PHONE}", "Body": "as JSON", "NumMedia": 0})
path = f"{WEBHOOK}?bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
signature = twilio.compute_signature(URL + path, {})
assert twilio.validate(URL + path, body, signature), "the library takes its own signature"
headers = {"X-Twilio-Signature": signature, "Content-Type": "application/json"}
answer = post(path, body, headers)
assert answer == (200, NOTHING), answer
answer = post(path, body.replace("JSON", "XML"), headers)
assert answer[0] == 403, answer

status = MultiDict([("MessageSid", "SM8"), ("MessageStatus", "delivered"), ("To", f"whatsapp:{PHONE}")])
path = f"{WEBHOOK}/status"
answer = send(path, status, twilio.compute_signature(URL + path, status))
assert answer[0] == 204, answer
assert get("/v1/whatsapp/deliveries/SM8")["status"] == "delivered"

waiting = get("/v1/whatsapp/waiting")["data"]
texts = [message["content"] for chat in waiting for message in chat["unanswered"]]
expected = ["What is Apache Spark?", "zażółć 😀\n & = +", "b", "query", "[image/jpeg]", "as JSON"]
assert texts == expected, texts
