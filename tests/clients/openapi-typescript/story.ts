// Splits a bill with the types that openapi-typescript makes of the document, and openapi-fetch.

import createClient from "openapi-fetch";
import type { components, paths } from "./strongroom.js";

declare const process: { env: Record<string, string> };

const client = createClient<paths>({
    baseUrl: process.env.STRONGROOM_URL,
    headers: { Authorization: `Bearer ${process.env.STRONGROOM_KEY}` },
});

function check(holds: boolean, found: unknown): asserts holds {
    if (!holds) throw new Error(`This is wrong: ${JSON.stringify(found)}`);
}

/** The data of an answer; an error ends the story. */
async function sent<T>(answer: Promise<{ data?: T; error?: unknown }>): Promise<T> {
    const { data, error } = await answer;
    if (data === undefined) throw new Error(JSON.stringify(error));
    return data;
}

const amounts = (shares: { amount_owed: string }[]) => shares.map((share) => share.amount_owed).join();

const person = { phone_number: "98765 43204", name: "Asha Rao", upi_id: "asha@okaxis" };
const asha = await sent(client.PUT("/v1/split/users/by-phone", { body: person }));
const path = { id: asha.id };

async function contact(name: string, phone_number: string): Promise<string> {
    const made = client.POST("/v1/split/users/{id}/contacts", { params: { path }, body: { name, phone_number } });
    return (await sent(made)).id;
}
const ravi = await contact("Ravi", "98765 43211");
const meera = await contact("Meera", "98765 43212");

// Floats would make 0.30000000000000004 of it.
const exact: components["schemas"]["SplitDivision"] = {
    mode: "exact",
    participants: [{ contact_id: ravi, amount: "0.10" }, { contact_id: meera, amount: "0.20" }],
};
const preview = await sent(client.POST("/v1/split/preview", { body: { total_amount: "0.30", split: exact } }));
check(amounts(preview.participants) === "0.10,0.20", preview);

const equal: components["schemas"]["SplitDivision"] = {
    mode: "equal",
    organiser: {},
    participants: [{ contact_id: ravi }, { contact_id: meera }],
};
const bill = await sent(
    client.POST("/v1/split/bills", { body: { user_id: asha.id, total_amount: "100.00", split: equal } }),
);
check(amounts(bill.participants) === "33.34,33.33" && bill.organiser_share === "33.33", bill);

// The body of both may be left out.
const asked = await sent(client.POST("/v1/split/bills/{id}/payment-requests", { params: { path: { id: bill.id } } }));
const request = asked.data[0];
check(asked.data.length === 2 && request?.upi_link?.includes("am=33.34") === true, asked);
const tokens = await sent(client.POST("/v1/split/users/{id}/tokens", { params: { path } }));
check(tokens.token_type === "Bearer", tokens.token_type);

const about = { params: { path: { id: request.id } } };
const png = await sent(client.GET("/v1/split/payment-requests/{id}/qr.png", { ...about, parseAs: "arrayBuffer" }));
const svg = await sent(client.GET("/v1/split/payment-requests/{id}/qr.svg", { ...about, parseAs: "text" }));
const code = await sent(client.GET("/v1/split/payment-requests/{id}/qr", about));
const bytes = Array.from(new Uint8Array(png), (byte) => String.fromCharCode(byte)).join("");
check(bytes.startsWith("\x89PNG") && code.data_uri === `data:image/png;base64,${btoa(bytes)}`, code);
check(svg.startsWith("<svg "), svg);

const statuses = [];
for (const { id } of bill.participants) {
    const confirm = client.POST("/v1/split/participants/{id}/confirm", { params: { path: { id } } });
    statuses.push((await sent(confirm)).bill_status);
}
check(statuses.join() === "active,completed", statuses);

const query = { status: "completed" } as const;
const bills = await sent(client.GET("/v1/split/users/{id}/bills", { params: { path, query } }));
check(bills.data[0]?.total_paid === "66.67" && bills.data[0].remaining === "0.00", bills);
