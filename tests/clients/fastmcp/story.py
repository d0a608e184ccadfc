"""Splits a bill with the tools that FastMCP makes of the document, as an agent does."""

import asyncio
import base64
import os

import httpx2
from fastmcp import Client, FastMCP
from fastmcp.server.providers.openapi import MCPType, RouteMap

URL = os.environ["STRONGROOM_URL"]

# An answer of a tool is text: the pictures are for others, and split_get_qr_code has one in its JSON.
PICTURES = RouteMap(pattern=r".*/qr\.(png|svg)$", mcp_type=MCPType.EXCLUDE)


def server():
    headers = {"Authorization": f"Bearer {os.environ['STRONGROOM_KEY']}"}
    http = httpx2.AsyncClient(base_url=URL, headers=headers)
    document = httpx2.get(f"{URL}/openapi.json").json()
    return FastMCP.from_openapi(document, client=http, route_maps=[PICTURES])


async def story(agent):
    async def call(tool, **arguments):
        return (await agent.call_tool(tool, arguments)).structured_content

    tools = {tool.name for tool in await agent.list_tools()}
    assert "split_confirm_participant" in tools and "split_get_qr_png" not in tools, tools

    person = {"phone_number": "98765 43203", "name": "Asha Rao", "upi_id": "asha@okaxis"}
    asha = await call("split_find_or_create_user", **person)
    contacts = [
        (await call("split_create_contact", id=asha["id"], name=name, phone_number=phone_number))["id"]
        for name, phone_number in [("Ravi", "98765 43211"), ("Meera", "98765 43212")]
    ]

    # Floats would make 0.30000000000000004 of it.
    parts = [{"contact_id": id, "amount": amount} for id, amount in zip(contacts, ["0.10", "0.20"])]
    exact = {"mode": "exact", "participants": parts}
    preview = await call("split_preview_split", total_amount="0.30", split=exact)
    assert [share["amount_owed"] for share in preview["participants"]] == ["0.10", "0.20"], preview

    equal = {"mode": "equal", "organiser": {}, "participants": [{"contact_id": id} for id in contacts]}
    bill = await call("split_create_bill", user_id=asha["id"], total_amount="100.00", split=equal)
    assert [share["amount_owed"] for share in bill["participants"]] == ["33.34", "33.33"], bill

    requests = (await call("split_request_payments", id=bill["id"]))["data"]
    assert len(requests) == 2 and "am=33.34" in requests[0]["upi_link"], requests
    code = await call("split_get_qr_code", id=requests[0]["id"])
    image = base64.b64decode(code["data_uri"].removeprefix("data:image/png;base64,"))
    assert image.startswith(b"\x89PNG\r\n\x1a\n"), code

    confirmed = [await call("split_confirm_participant", id=share["id"]) for share in bill["participants"]]
    assert [share["bill_status"] for share in confirmed] == ["active", "completed"], confirmed
    [summary] = (await call("split_list_bills", id=asha["id"], status="completed"))["data"]
    assert (summary["total_paid"], summary["remaining"]) == ("66.67", "0.00"), summary


async def main():
    async with Client(server()) as agent:
        await story(agent)


asyncio.run(main())
