//! One target, however it is written: HEAD is GET without the body, and an escape that means nothing changes nothing.

use strongroom_tests::Server;
use ureq::http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG};

use super::client::Client;
use super::document::Document;
use super::requests::{Request, as_documented};
use super::rows::Rows;

#[test]
fn head_is_answered_as_get_is_without_the_body() {
    let server = Server::start();
    let (client, document) = (Client::of(&server), Document::of(&server));
    let gets = document.operations().into_iter().filter(|operation| operation.method == "get");
    let mut tried = 0;
    for operation in gets {
        let rows = Rows::for_path(&server, operation.path);
        let get = as_documented(&document, operation, &rows);
        let head = Request { method: "HEAD".to_owned(), ..get.clone() };
        for without_key in [false, true] {
            let send = |request: &Request| {
                let key = without_key.then(|| ("authorization", String::new()));
                client.send(&Request { headers: key.into_iter().collect(), ..request.clone() })
            };
            let (whole, answer) = (send(&get), send(&head));
            assert_eq!((answer.status, answer.body.len()), (whole.status, 0), "{head}");
            for name in [CONTENT_TYPE, ETAG] {
                assert_eq!(answer.headers.get(&name), whole.headers.get(&name), "{head}: {name}");
            }
            // Figures change between the two, and a request's id stands in its error.
            if operation.path != "/metrics" && answer.status == 200 {
                assert_eq!(answer.headers[CONTENT_LENGTH], whole.body.len().to_string(), "{head}");
            }
        }
        tried += 1;
    }
    assert!(tried > 15, "{tried}");
    let refused = server.send("HEAD", "/v1/tokens/refresh", &[], None);
    assert_eq!((refused.status, refused.header("allow")), (405, "POST"));
    let refused = server.send("POST", "/livez", &[], None);
    assert_eq!((refused.status, refused.header("allow")), (405, "GET, HEAD"));
}

#[test]
fn an_escaped_letter_is_the_letter_everywhere() {
    let server = Server::start();
    let (client, document) = (Client::of(&server), Document::of(&server));
    for operation in document.operations() {
        let rows = Rows::for_path(&server, operation.path);
        let mut request = as_documented(&document, operation, &rows);
        client.prepare(operation, &request);
        let signs = request.path.bytes().map(|byte| match byte {
            b'/' | b'?' | b'=' | b'&' => char::from(byte).to_string(),
            byte => format!("%{byte:02x}"),
        });
        request.path = signs.collect();
        let answer = client.send(&request);
        assert!(
            answer.status < 300,
            "{operation} as {request}\n  -> {} {}",
            answer.status,
            answer.body.escape_ascii()
        );
    }
    for path in
        ["/v1%2Faudit", "/%76%31/%ff", "/v1/audit%00", "/v1/audit%", "/%", "/v1/%61udit/%2e%2e", "//v1/audit"]
    {
        let refused = server.get(path);
        assert_eq!(refused.status, 404, "{path}: {}", refused.text);
    }
}
