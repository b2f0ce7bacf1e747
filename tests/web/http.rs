//! The smallest client of HTTP/1.1 that tests need: one request a connection, nothing hidden, nothing corrected.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The `name=value` of each cookie that is set.
    pub fn cookies(&self) -> impl Iterator<Item = String> {
        let set = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        set.filter_map(|(_, value)| value.split(';').next().map(str::to_owned))
    }

    /// The `name=value` of the first cookie that is set: of a sign-in the session's.
    pub fn cookie(&self) -> Option<String> {
        self.cookies().next()
    }
}

/// Sends one request and reads the answer to its end.
pub fn send(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    send_over(TcpStream::connect(to).expect("the server listens"), to, method, path, headers, body)
}

/// The same over a connection.
pub fn send_over(
    mut stream: TcpStream,
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("Content-Length: {}\r\n\r\n", body.len());
    stream.write_all(request.as_bytes()).unwrap();
    // A server that refuses a body may close before it has read it.
    let _ = stream.write_all(body);
    parse(&read_answer(&mut stream))
}

/// Reads up to the length that the answer names, else up to its end: not every server closes when it is asked to.
fn read_answer(stream: &mut TcpStream) -> Vec<u8> {
    let (mut octets, mut piece) = (Vec::new(), [0; 64 * 1024]);
    while !is_whole(&octets) {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(count) => octets.extend_from_slice(&piece[..count]),
        }
    }
    octets
}

fn is_whole(octets: &[u8]) -> bool {
    let Some(end) = octets.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&octets[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    length.is_some_and(|length| octets.len() >= end + 4 + length)
}

fn parse(octets: &[u8]) -> Answer {
    let end = octets.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
    let head = String::from_utf8_lossy(&octets[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers: Vec<_> = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let answer = Answer { status: status.expect("an answer has a status"), headers, body: Vec::new() };
    let body = &octets[end + 4..];
    let is_chunked = answer.header("transfer-encoding") == Some("chunked");
    Answer { body: if is_chunked { dechunk(body) } else { body.to_vec() }, ..answer }
}

fn dechunk(mut octets: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = octets.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(&String::from_utf8_lossy(&octets[..end]), 16).unwrap_or(0);
        let rest = &octets[end + 2..];
        if size == 0 || rest.len() < size + 2 {
            break;
        }
        body.extend_from_slice(&rest[..size]);
        octets = &rest[size + 2..];
    }
    body
}

/// Fields as a browser sends a form.
pub fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    let encode = |text: &str| text.bytes().map(|octet| format!("%{octet:02X}")).collect::<String>();
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    pairs.join("&").into_bytes()
}
