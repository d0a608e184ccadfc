//! An exporter of turmeric, from registration to erasure: what the agent writes about the product, and how she works it off.

use serde_json::{Value, json};

use crate::toolkit::{Database, Server, chapter, id, list, say, shown, table, text};

const QUERIES: &[&str] = &[
    "SELECT business_type, left(encode(email, 'hex'), 30) AS email, left(encode(company_name, 'hex'), 30) AS company_name
    FROM users ORDER BY created_at DESC LIMIT 2",
    "SELECT document_type, is_valid, left(encode(document_data, 'hex'), 30) AS document_data
    FROM generated_documents ORDER BY created_at DESC LIMIT 2",
    "SELECT role, left(encode(content, 'hex'), 30) AS content, length(content) AS bytes
    FROM chat_messages ORDER BY created_at DESC, id DESC LIMIT 2",
];

const EMAIL: &str = "Leela@Kaveri-Spices.example";
const PASSWORD: &str = "Turmeric to Rotterdam 7";

/// The exporter calls with her token for her own rows, the agent with its API key for what it writes.
pub(crate) fn play(agent: &Server, database: Option<&Database>) -> anyhow::Result<()> {
    let (leela, user) = register(agent)?;
    let report = ask_for_a_report(&leela, &user)?;
    complete(agent, &report)?;
    correct_the_hs_code(&leela, &report)?;
    work_off_certificates(&leela, &report)?;
    follow_the_plan(&leela, &report)?;
    write_an_invoice(&leela, &report)?;
    chat(agent, &leela, &report)?;
    look_back(&leela, &user)?;
    database.map_or(Ok(()), |database| database.show("export", QUERIES))?;
    leave(agent, &leela, &user)
}

fn register(agent: &Server) -> anyhow::Result<(Server, String)> {
    let known = agent.send("POST", "/v1/export/users/lookup", Some(&json!({"email": EMAIL})))?;
    if known.status == 200 {
        chapter("An earlier run did not come to its end: Leela's rows are erased first.");
        agent.call("DELETE", &format!("/v1/export/users/{}?erase=true", id(&known.body)?), None)?;
    }
    chapter("Leela exports turmeric. She registers with her e-mail address and a password.");
    let new = json!({
        "email": EMAIL, "password": PASSWORD, "business_type": "Manufacturing", "company_size": "Small",
        "company_name": "Kaveri Spices Pvt. Ltd.", "monthly_volume": 1200,
    });
    let registered = agent.with_token("").call("POST", "/v1/export/register", Some(&new))?;
    println!(
        "    {}, a token for {} s",
        text(&registered, "/user/email")?,
        shown(&registered, "/tokens/expires_in")
    );
    say(
        "The address is stored in one form, sealed, and found by a keyed hash. The password is an Argon2id hash.",
    );
    let leela = agent.with_token(text(&registered, "/tokens/access_token")?);
    Ok((leela, text(&registered, "/user/id")?.to_owned()))
}

fn ask_for_a_report(leela: &Server, user: &str) -> anyhow::Result<String> {
    chapter(
        "She wants to know whether her product is ready for Europe. With her token she reaches her own rows alone.",
    );
    let new = json!({
        "user_id": user, "product_name": "Turmeric powder", "destination_country": "Netherlands",
        "ingredients": "Curcuma longa", "price_range": "200 to 250 INR a kg",
    });
    let report = leela.call("POST", "/v1/export/reports", Some(&new))?;
    println!("    {}: {}", text(&report, "/product_name")?, text(&report, "/status")?);
    id(&report)
}

fn complete(agent: &Server, report: &str) -> anyhow::Result<()> {
    chapter(
        "The agent has written the report. What stands in it fills the columns that lists and filters use.",
    );
    let written = json!({"report_data": {
        "hs_code": {"code": "0910.30.20", "confidence": 71.5, "description": "Turmeric, dried"},
        "risk_score": 34,
        "costs": {"certifications": "45000", "documentation": "5000", "logistics": "30000", "total": "80000"},
        "timeline": {"estimated_days": 45, "breakdown": [
            {"phase": "Certification", "duration_days": 20},
            {"phase": "Documents", "duration_days": 15},
            {"phase": "Shipping", "duration_days": 10},
        ]},
    }});
    let path = format!("/v1/export/reports/{report}/complete");
    let report = agent.call("POST", &path, Some(&written))?;
    for column in [
        "/status",
        "/hs_code",
        "/hs_code_confidence",
        "/risk_score",
        "/estimated_cost",
        "/estimated_timeline_days",
    ] {
        println!("    {:<24} {}", column.trim_start_matches('/'), shown(&report, column));
    }
    Ok(())
}

fn correct_the_hs_code(leela: &Server, report: &str) -> anyhow::Result<()> {
    chapter("Her customs broker knows the HS code better.");
    let path = format!("/v1/export/reports/{report}/hs-code");
    let report = leela.call("PUT", &path, Some(&json!({"hs_code": "0910.30.30"})))?;
    println!("    {} with confidence {}", text(&report, "/hs_code")?, text(&report, "/hs_code_confidence")?);
    Ok(())
}

fn work_off_certificates(leela: &Server, report: &str) -> anyhow::Result<()> {
    chapter("Two certificates are needed. One is done.");
    let path = format!("/v1/export/reports/{report}/certifications");
    for (number, name, kind) in [("fssai", "FSSAI licence", "other"), ("reach", "REACH declaration", "REACH")]
    {
        let new = json!({"certification_id": number, "certification_name": name, "certification_type": kind});
        let certificate = leela.call("POST", &path, Some(&new))?;
        if number == "fssai" {
            let done = json!({"status": "completed", "add_documents": ["Licence copy"]});
            leela.call("PATCH", &format!("/v1/export/certifications/{}", id(&certificate)?), Some(&done))?;
        }
    }
    let summary = leela.call("GET", &format!("{path}/summary"), None)?;
    println!("    {} %", text(&summary, "/completion_percentage")?);
    Ok(())
}

fn follow_the_plan(leela: &Server, report: &str) -> anyhow::Result<()> {
    chapter("The agent's plan has a task for each of seven days. The first is done.");
    let tasks: Vec<Value> = [
        "Apply for IEC",
        "Register with the Spices Board",
        "Lab test",
        "Quote freight",
        "Draft invoice",
        "Insure",
        "Book a container",
    ]
    .iter()
    .zip(1..)
    .map(|(title, day)| json!({"task_id": format!("day-{day}"), "day_number": day, "task_title": title}))
    .collect();
    let path = format!("/v1/export/reports/{report}/action-plan");
    leela.call("PUT", &path, Some(&json!({"tasks": tasks})))?;
    leela.call("PATCH", &format!("{path}/day-1"), Some(&json!({"completed": true})))?;
    let plan = leela.call("GET", &path, None)?;
    println!("    {} %", text(&plan, "/progress_percentage")?);
    Ok(())
}

fn write_an_invoice(leela: &Server, report: &str) -> anyhow::Result<()> {
    chapter("She drafts the invoice. It is stored whatever the checks find, and they find two mistakes.");
    let items = json!([
        {"description": "Turmeric powder, 500 g", "quantity": 500, "unit_price": "2.35"},
        {"description": "Samples", "quantity": 3, "unit_price": "0.333"},
    ]);
    let data = |port: &str, total: &str| {
        json!({
            "invoice_number": "KS/2026-27/014", "invoice_date": "2026-11-28", "exporter_name": "Kaveri Spices Pvt. Ltd.",
            "exporter_address": "12 Mill Road, Erode", "consignee_name": "De Specerij B.V.", "consignee_address": "Rotterdam",
            "destination_country": "Netherlands", "port_of_discharge": port, "items": items, "total_value": total,
            "currency": "EUR", "payment_terms": "Letter of credit",
        })
    };
    let path = format!("/v1/export/reports/{report}/documents");
    let new = json!({"document_type": "commercial_invoice", "document_data": data("", "1176.10")});
    let invoice = leela.call("POST", &path, Some(&new))?;
    table(&invoice, "/validation_results", &["/field", "/code", "/message"])?;

    chapter("She mends them.");
    let path = format!("/v1/export/documents/{}", id(&invoice)?);
    let invoice =
        leela.call("PATCH", &path, Some(&json!({"document_data": data("Rotterdam", "1176.00")})))?;
    println!(
        "    mistakes: {}, valid: {}",
        list(&invoice, "/validation_results")?.len(),
        shown(&invoice, "/is_valid")
    );
    Ok(())
}

fn chat(agent: &Server, leela: &Server, report: &str) -> anyhow::Result<()> {
    chapter("She asks the agent about the report. Question and answer are stored together, both sealed.");
    let path = format!("/v1/export/reports/{report}/chat-sessions");
    let session = leela.call("POST", &path, Some(&json!({})))?;
    let path = format!("/v1/export/chat-sessions/{}/messages", id(&session)?);
    let pair = json!({
        "question": "Which residue limits apply?",
        "answer": "For turmeric the EU limits ethylene oxide to 0.1 mg/kg.",
        "sources": [{"title": "Maximum residue levels", "source": "EU pesticides database"}],
    });
    agent.call("POST", &path, Some(&pair))?;
    let history = leela.call("GET", &path, None)?;
    table(&history, "/data", &["/role", "/content"])
}

fn look_back(leela: &Server, user: &str) -> anyhow::Result<()> {
    chapter("The first shipment is on its way. The dashboard is one request.");
    let mark = json!({"cost_savings": "1250.50", "timeline_reduction_days": 12});
    leela.call("POST", &format!("/v1/export/users/{user}/exports"), Some(&mark))?;
    let dashboard = leela.call("GET", &format!("/v1/export/users/{user}/dashboard"), None)?;
    for figure in [
        "/metrics/reports_generated",
        "/metrics/certifications_completed",
        "/metrics/exports_completed",
        "/metrics/cost_savings",
        "/certifications/completion_percentage",
        "/action_plan/progress_percentage",
        "/documents/valid",
    ] {
        println!("    {:<40} {}", figure.trim_start_matches('/'), shown(&dashboard, figure));
    }
    Ok(())
}

fn leave(agent: &Server, leela: &Server, user: &str) -> anyhow::Result<()> {
    chapter("Everything that is stored about her is hers to read.");
    let data = leela.call("GET", &format!("/v1/export/users/{user}/data"), None)?;
    let rows = list(&data, "/data")?;
    let mut tables: Vec<&str> = rows.iter().filter_map(|row| text(row, "/table").ok()).collect();
    tables.dedup();
    println!("    {} rows of {}", rows.len(), tables.join(", "));

    chapter("And hers to have erased. What is printed is how many rows of each table went.");
    let erased = agent.call("DELETE", &format!("/v1/export/users/{user}?erase=true"), None)?;
    println!("    {erased}");
    let gone = agent.send("GET", &format!("/v1/export/users/{user}"), None)?;
    println!("\n  GET /v1/export/users/{user}  ->  {}", gone.status);
    Ok(())
}
