"""Small worlds to ask for, one class a system, each made over HTTP as clients do.

A world knows the ids of its rows by the names of their kinds in paths, and what a client would write into a field.
"""

import base64
import hmac
import itertools
import os
import zlib

import requests

URL = os.environ["STRONGROOM_URL"]
KEY = os.environ["STRONGROOM_KEY"]

# How many requests a world serves. They change it, and in time leave little to find.
SERVES = 40

# Modes, the field that each needs, and what it says of three people or fewer.
SPLITS = [
    ("equal", None, [None] * 3),
    ("exact", "amount", ["50.00", "49.99", "0.01"]),
    ("percent", "percent", ["50", "25", 25]),
    ("shares", "shares", [1, "2"]),
]

DOCUMENT_TYPES = ["commercial_invoice", "gst_lut", "shipping_bill", "packing_list", "softex", "certificate_of_origin"]

# What documents of several types need; it is right here and wrong there.
DOCUMENT = {
    "invoice_number": "INV/2026-7",
    "invoice_date": "2026-11-20",
    "exporter_name": "Suvarna Spices",
    "exporter_gstin": "27ABCDE1234F1Z0",
    "items": [{"quantity": "500", "unit_price": "2.35"}],
    "total_value": "1175.00",
    "currency": "EUR",
}

numbers = itertools.count()


def chance(value):
    """A number that is the same whenever the same value is generated, so that a failure can be repeated."""
    return zlib.crc32(repr(value).encode())


def one_of(choices, value):
    return choices[chance(value) % len(choices)] if choices else value


class World:
    """What the worlds of all systems have in common."""

    system = None

    def __init__(self):
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {KEY}"
        self.left = SERVES
        self.ids = {}
        self.deleted = {}
        self.fill()

    def fill(self):
        """Makes the rows."""
        raise NotImplementedError

    def field(self, name, value):
        """What a client would send in a field of this name."""
        return value

    def plausible(self, name, value):
        """A value in which each field is as a client would send it."""
        if isinstance(value, dict):
            return {key: self.plausible(key, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.plausible(name, item) for item in value]
        return value if value is None or chance(value) % 5 == 0 else self.field(name, value)

    def make(self, kind, path, body):
        made = self.send("POST", path, body)
        self.ids.setdefault(kind, []).append(made["id"])
        return made

    def delete(self, kind, row):
        self.send("DELETE", f"/{kind}/{row}")
        self.ids[kind].remove(row)
        self.deleted.setdefault(kind, []).append(row)

    def send(self, method, path, body=None):
        response = self.http.request(method, f"{URL}/v1/{self.system}{path}", json=body, timeout=20)
        if not response.ok:
            raise RuntimeError(f"{method} {path} answered {response.status_code}: {response.text}")
        return response.json() if response.content else None


class Split(World):
    """A user with contacts and bills: one that is split and asked for, one that is too much for UPI, one not split."""

    system = "split"

    def fill(self):
        self.phones = []
        user = self.make("users", "/users", {**self.person(), "upi_id": "asha@okaxis"})["id"]
        for _ in range(3):
            self.make("contacts", f"/users/{user}/contacts", self.person())
        bill = {"user_id": user, "total_amount": "100.00", "description": "Dinner"}
        asked = self.make_bill({**bill, "split": self.split(0)})
        self.make_bill({**bill, "total_amount": "999999.00", "split": self.split(0)})
        self.make_bill(bill)
        self.send("POST", f"/participants/{self.ids['participants'][0]}/confirm")
        for request in self.send("POST", f"/bills/{asked}/payment-requests")["data"]:
            self.ids.setdefault("payment-requests", []).append(request["id"])
        self.delete("bills", self.make_bill(bill))
        self.delete("contacts", self.make("contacts", f"/users/{user}/contacts", self.person())["id"])
        self.delete("users", self.make("users", "/users", self.person())["id"])

    def make_bill(self, body):
        made = self.make("bills", "/bills", body)
        for participant in made["participants"]:
            self.ids.setdefault("participants", []).append(participant["id"])
        return made["id"]

    def person(self):
        phone = f"+9198{next(numbers):08}"
        self.phones.append(phone)
        return {"name": "Asha Rao", "phone_number": phone}

    def split(self, number):
        """A split that fits a bill over 100."""
        mode, field, parts = SPLITS[number % len(SPLITS)]
        participants = [{"contact_id": contact} for contact in self.ids["contacts"][: len(parts)]]
        if field:
            participants = [{**participant, field: part} for participant, part in zip(participants, parts)]
        return {"mode": mode, "participants": participants}

    def plausible(self, name, value):
        if name == "split" and chance(value) % 2:
            return self.split(chance(value))
        return super().plausible(name, value)

    def field(self, name, value):
        match name:
            case "user_id":
                return one_of(self.ids["users"], value)
            case "contact_id" | "contact_ids" if value != "organiser":
                return one_of(self.ids["contacts"], value)
            case "only" | "participant_ids":
                return one_of(self.ids["participants"], value)
            case "phone_number":
                return one_of([*self.phones, "98765 43210", f"+9197{chance(value) % 10**8:08}"], value)
            case "reference":
                return one_of([row.replace("-", "") for row in self.ids["payment-requests"]], value)
            case "upi_id":
                return "asha@okaxis"
            case "currency":
                return one_of(["INR", "inr", "JPY", "EUR"], value)
            case "total_amount":
                return one_of(["100.00", "0.01", "9999999999.99", "100"], value)
            case "amount" | "adjustment" | "tax" | "tip" | "discount" | "min_amount" | "max_amount":
                return one_of(["0", "10.00", "33.33", "50", "100", "-1"], value)
            case "percent" | "shares":
                return one_of(["25", "50", "1", "2"], value)
            case "session_id":
                return one_of(["one", "two"], value)
            case "step":
                return one_of(["extracting_bill", "confirming_bill", "initial"], value)
        return value


class Export(World):
    """An exporter with a password and a report on which something of every kind hangs, and one who is deleted."""

    system = "export"
    password = "Turmeric to Hamburg 7"

    def fill(self):
        self.addresses = []
        registered = self.send("POST", "/register", {**self.person(), "password": self.password})
        self.ids["users"] = [registered["user"]["id"]]
        self.delete("users", self.make("users", "/users", self.person())["id"])
        self.fill_report(registered["user"]["id"])

    def fill_report(self, user):
        goods = {"product_name": "Turmeric powder", "destination_country": "Germany"}
        report = self.make("reports", "/reports", {"user_id": user, **goods})["id"]
        for kind in DOCUMENT_TYPES[:3]:
            document = {"document_type": kind, "document_data": DOCUMENT}
            self.make("documents", f"/reports/{report}/documents", document)
        session = self.make("chat-sessions", f"/reports/{report}/chat-sessions", {})["id"]
        asked = {"question": "Which certificates?", "answer": "A phytosanitary one."}
        self.send("POST", f"/chat-sessions/{session}/messages", asked)
        certificate = {"certification_id": "reach", "certification_name": "REACH", "certification_type": "REACH"}
        self.make("certifications", f"/reports/{report}/certifications", certificate)
        tasks = [{"task_id": f"t{day}", "day_number": day, "task_title": "Apply"} for day in range(1, 8)]
        self.send("PUT", f"/reports/{report}/action-plan", {"tasks": tasks})
        self.send("PUT", f"/reports/{report}/finance-analysis", {"working_capital_data": {}})
        self.send("PUT", f"/reports/{report}/logistics-analysis", {"route_analysis": []})

    def person(self):
        address = f"asha{next(numbers)}@example.com"
        self.addresses.append(address)
        return {"email": address, "business_type": "Merchant", "company_size": "Small"}

    def plausible(self, name, value):
        if name == "document_data" and chance(value) % 2:
            return DOCUMENT
        return super().plausible(name, value)

    def field(self, name, value):
        match name:
            case "user_id":
                return one_of(self.ids["users"], value)
            case "email":
                return one_of([*self.addresses, f"bela{chance(value)}@example.com"], value)
            case "password" | "current_password":
                return self.password
            case "new_password":
                return f"Ginger to Bremen {chance(value)}"
            case "task_id":
                return one_of(["t1", "t2", "t7"], value)
            case "document_type":
                return one_of(DOCUMENT_TYPES, value)
            case "pdf_url" | "editable_url" | "url":
                return "https://files.example/7.pdf"
        return value


class Pantry(World):
    """A household with a row of every kind, the catalogue that these need, and what was deleted."""

    system = "pantry"

    # Of two fields, one is to be sent.
    either = [{"username", "email"}, {"product_id", "product_name"}, {"quantity", "all"}, {"recipe_id", "product_id"}]

    def fill(self):
        self.people, self.names = [], []
        user = self.make("users", "/users", self.person())["id"]
        self.delete("users", self.make("users", "/users", self.person())["id"])
        food = self.make("categories", "/categories", {"name": self.name("Food")})["id"]
        self.make("categories", "/categories", {"name": "Dairy", "parent_id": food})
        milk, _ = [self.make("products", "/products", {"name": self.name(name)})["id"] for name in ("Milk", "Eggs")]
        own = {"name": "Śmietana", "user_id": user, "storage_info": {"shelf_life_days": 7}}
        own = self.make("products", "/products", own)["id"]
        self.fill_conversations(user)
        self.fill_receipts(user)
        stocked = {"product_id": milk, "quantity": "3.5", "unit": "l", "expiry_date": "2026-11-25"}
        self.make("pantry-items", f"/users/{user}/pantry-items", stocked)
        self.make("pantry-items", f"/users/{user}/pantry-items", {"product_id": own})
        recipe = {"title": "Pancakes", "servings": 2, "tags": ["breakfast"]}
        recipe["ingredients"] = [{"product_id": milk, "quantity": "500", "unit": "ml"}]
        kept, gone = [self.make("recipes", "/recipes", recipe)["id"] for _ in range(2)]
        self.delete("recipes", gone)
        plan = {"user_id": user, "plan_date": "2026-11-21", "meal_type": "dinner", "recipe_id": kept}
        self.make("meal-plans", "/meal-plans", plan)

    def fill_conversations(self, user):
        kept = self.make("conversations", "/conversations", {"user_id": user, "session_id": "one"})["id"]
        self.make("messages", f"/conversations/{kept}/messages", {"role": "user", "content": "Kup mleko"})
        gone = self.make("conversations", "/conversations", {"user_id": user, "session_id": "two"})["id"]
        self.delete("conversations", gone)

    def fill_receipts(self, user):
        items = [{"product_name": "Mleko", "quantity": "2", "unit": "l", "unit_price": "3,29"}, {"product_name": "Chleb"}]
        receipt = {"user_id": user, "store_name": "Lidl", "total_amount": "12,50", "purchase_date": "2026-11-20"}
        kept, gone = [self.make("receipts", "/receipts", {**receipt, "items": items}) for _ in range(2)]
        self.ids["receipt-items"] = [item["id"] for item in kept["items"]]
        self.delete("receipts", gone["id"])

    def person(self):
        username = f"kowalscy{next(numbers)}"
        person = {"username": username, "email": f"{username}@example.com"}
        self.people.append(person)
        return person

    def name(self, name):
        """A name of something that all households share."""
        name = f"{name} {next(numbers)}"
        self.names.append(name)
        return name

    def plausible(self, name, value):
        if isinstance(value, dict) and chance(value) % 4:
            for pair in self.either:
                if pair <= value.keys() and "total_price" not in value:
                    value = {key: item for key, item in value.items() if key != max(pair)}
        return super().plausible(name, value)

    def field(self, name, value):
        kinds = {
            "user_id": "users",
            "conversation_id": "conversations",
            "category_id": "categories",
            "parent_id": "categories",
            "product_id": "products",
            "recipe_id": "recipes",
            "only": "receipt-items",
        }
        match name:
            case _ if name in kinds:
                return one_of(self.ids[kinds[name]], value)
            case "username" | "email":
                return one_of([person[name] for person in self.people], value)
            case "session_id":
                return one_of(["one", "two", "three"], value)
            case "timezone":
                return one_of(["Europe/Warsaw", "Asia/Tokyo", "Warsaw"], value)
            case "role":
                return one_of(["user", "Assistant", "cook"], value)
            case "content" | "words":
                return one_of(["Kup mleko", "łaciate MLEKO", "chleb"], value)
            case "names" | "product_name":
                return one_of([*self.names, "ŚMIETANA", "nothing"], value)
            case "unit":
                return one_of(["l", "ML", "kg", "szt"], value)
            case "total_amount" | "total_price":
                return one_of(["12,50", "1 234,56", "2.00-", "1.234", "-10.99"], value)
            case "quantity" | "unit_price":
                return one_of(["1", "0,435", "2.5", "0"], value)
            case "purchase_date" | "expiry_date" | "plan_date":
                return one_of(["2026-11-20", "2026-11-21", "2028-02-29"], value)
            case "meal_type":
                return one_of(["breakfast", "Dinner", "snack"], value)
        return value


class WhatsApp(World):
    """A person with a password, whose message an agent holds, one who is deleted, and an answer that Twilio has sent."""

    system = "whatsapp"
    password = "Sparks by the lake 7"

    def fill(self):
        self.phones, self.sids = [], []
        user = self.make_user()
        self.send("PUT", f"/users/{user}/password", {"new_password": self.password})
        for _ in range(3):
            self.sids.append(f"SM{next(numbers)}")
            kept = self.send("POST", "/messages", {"message_sid": self.sids[-1], **self.person(0), "content": "hello"})
        self.ids["chat_id"] = [kept["chat_id"]]
        self.claim = self.send("POST", "/waiting/claim", {"limit": 100, "lease_seconds": 600})["claim_id"]
        self.report_sent(self.sids[0], self.phones[0])
        self.make_user()
        gone = self.make_user()
        self.send("DELETE", f"/users/{gone}")
        self.ids["users"].remove(gone)
        self.deleted["users"] = [gone]

    def make_user(self):
        self.phones.append(f"+1202{next(numbers):07}")
        made = self.send("POST", "/users", self.person(-1))["user_id"]
        self.ids.setdefault("users", []).append(made)
        return made

    def report_sent(self, sid, phone):
        """Tells what Twilio tells of a message: deliveries have no other source."""
        url = f"{URL}/v1/whatsapp/webhook/twilio/status"
        form = {"MessageSid": sid, "MessageStatus": "sent", "To": f"whatsapp:{phone}"}
        signed = url + "".join(name + form[name] for name in sorted(form))
        digest = hmac.digest(os.environ["TWILIO_AUTH_TOKEN"].encode(), signed.encode(), "sha1")
        signature = {"X-Twilio-Signature": base64.b64encode(digest).decode()}
        self.http.post(url, data=form, headers=signature, timeout=20).raise_for_status()

    def person(self, number):
        return {"phone_number": self.phones[number], "full_name": "Asha Rao"}

    def field(self, name, value):
        match name:
            case "phone_number":
                return one_of([*self.phones, f"whatsapp:+1203{chance(value) % 10**7:07}"], value)
            case "email":
                return f"asha{chance(value)}@example.com"
            case "message_sid":
                return one_of([*self.sids, f"SM{chance(value)}"], value)
            case "chat_id":
                return one_of(self.ids["chat_id"], value)
            case "claim_id":
                return self.claim
            case "password" | "current_password":
                return self.password
            case "new_password":
                return f"Lanterns by the sea {chance(value)}"
            case "timezone":
                return "Asia/Kolkata"
            case "text":
                return "[19/10/2025, 11:37:20] Asha: hi\n[19/10/2025, 11:37:22] Bot: hello"
            case "assistant":
                return "Bot"
        return value


class Market(World):
    """Goods, a buyer who asks about two of them, messages of which a worker has claimed the first, and what was deleted."""

    system = "market"

    # Of two fields, one is to be sent.
    either = [{"seconds", "until"}]

    # How a buyer is looked for: by one of these.
    about_buyers = ["wallapop_user_id", "username", "phone", "email"]

    def fill(self):
        self.buyers, self.listings, self.chats = [], [], []
        goods = [self.make_product() for _ in range(3)]
        self.delete("products", self.make_product())
        buyer = self.make_buyer()
        self.delete("buyers", self.make_buyer())
        for product in goods[:2]:
            self.chats.append(f"chat{next(numbers)}")
            asked = {"wallapop_chat_id": self.chats[-1], "product_id": product, "buyer_id": buyer}
            chat = self.make("conversations", "/conversations", asked)["id"]
            message = {"content": "¿Sigue disponible?", "message_type": "user_message", "buyer_id": buyer}
            self.make("messages", f"/conversations/{chat}/messages", message)
        self.claim = self.send("POST", "/messages/claim", {"limit": 100, "lease_seconds": 600})["claim_id"]
        self.bot = f"bot{next(numbers)}"
        self.send("PUT", f"/bot-sessions/{self.bot}")
        for kind in ("sessions", "conversation-states", "cache"):
            self.send("PUT", f"/{kind}/one", {"value": {"step": "offer"}})
            self.ids[kind] = ["one"]

    def make_product(self):
        self.listings.append(f"item{next(numbers)}")
        product = {"wallapop_id": self.listings[-1], "title": "Bicycle", "price": "420.00"}
        return self.make("products", "/products", product)["id"]

    def make_buyer(self):
        name = f"juan{next(numbers)}"
        self.buyers.append({
            "wallapop_user_id": name,
            "username": name,
            "phone": f"+3461{next(numbers):07}",
            "email": f"{name}@example.com",
        })
        made = self.send("PUT", "/buyers/by-wallapop-id", self.buyers[-1])
        self.ids.setdefault("buyers", []).append(made["id"])
        return made["id"]

    def plausible(self, name, value):
        if isinstance(value, dict) and chance(value) % 4:
            for pair in self.either:
                if pair <= value.keys():
                    value = {key: item for key, item in value.items() if key != max(pair)}
            if value.keys() <= set(self.about_buyers):
                value = dict(list(value.items())[:1])
        return super().plausible(name, value)

    def field(self, name, value):
        match name:
            case "product_id" | "buyer_id":
                return one_of(self.ids[f"{name.removesuffix('_id')}s"], value)
            case "wallapop_user_id" | "username" | "phone" | "email":
                return one_of([buyer[name] for buyer in self.buyers], value)
            case "wallapop_id":
                return one_of([*self.listings, f"item-{chance(value)}"], value)
            case "wallapop_chat_id":
                return one_of([*self.chats, f"chat-{chance(value)}"], value)
            case "claim_id":
                return self.claim
            case "session_id":
                return one_of([self.bot, f"bot-{chance(value)}"], value)
            case "key":
                return one_of(["one", "two"], value)
            case "price" | "negotiated_price":
                return one_of(["0.01", "420.00", "99999999.99", "-1"], value)
            case "status":
                return one_of(["available", "Reserved", "sold", "inactive"], value)
            case "message_type":
                return one_of(["user_message", "BOT_RESPONSE", "shout"], value)
            case "sentiment" | "sentiment_score" | "bot_confidence":
                return one_of([0.5, 1, 0], value)
        return value


WORLDS = {world.system: world for world in (Split, Export, Pantry, WhatsApp, Market)}
