//! Chromium without a screen, driven over WebDriver (W3C WebDriver, Level 1) by Debian's chromedriver.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::http;

/// How long a page may take to become what a test waits for.
const PATIENCE: Duration = Duration::from_secs(10);

/// One browser with one window.
pub struct Chromium {
    driver: Child,
    address: SocketAddr,
    session: String,
    /// What its user reads.
    pub language: String,
}

impl Chromium {
    /// Starts a browser whose user reads `language`.
    pub fn start(language: &str) -> Chromium {
        let port = free_port();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null());
        let driver = command.spawn().expect("chromedriver is installed: tools/need web");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut browser = Chromium { driver, address, session: String::new(), language: language.to_owned() };
        wait_for(|| TcpStream::connect(address).is_ok(), "chromedriver listens");
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": {
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    "--autoplay-policy=no-user-gesture-required", "--window-size=1366,768",
                    format!("--lang={language}"), format!("--accept-lang={language}"),
                ],
                "prefs": { "intl.accept_languages": language },
            },
        } } });
        let session = browser.ask("POST", "/session", &wanted);
        browser.session = session["sessionId"].as_str().expect("a session has an id").to_owned();
        browser
    }

    /// Opens a page.
    pub fn open(&self, url: &str) {
        self.command("POST", "/url", &json!({ "url": url }));
    }

    /// The path of the page that is shown.
    pub fn path(&self) -> String {
        self.script("return location.pathname").as_str().unwrap_or_default().to_owned()
    }

    /// Types into the field of a name.
    pub fn type_into(&self, name: &str, text: &str) {
        let element = self.element(&format!("[name={name}]"));
        self.command("POST", &format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// Presses what a selector names.
    pub fn press(&self, selector: &str) {
        let element = self.element(selector);
        self.command("POST", &format!("/element/{element}/click"), &json!({}));
    }

    /// The visible text of what a selector names.
    pub fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({selector:?})?.innerText ?? ''");
        self.script(&script).as_str().unwrap_or_default().to_owned()
    }

    /// What a script returns.
    pub fn script(&self, script: &str) -> Value {
        self.command("POST", "/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Waits until a script returns true.
    #[track_caller]
    pub fn wait(&self, script: &str) {
        wait_for(|| self.script(&format!("return {script}")) == true, script);
    }

    /// Waits for what needs a key that is derived slowly on purpose.
    #[track_caller]
    pub fn wait_long(&self, script: &str) {
        let begun = Instant::now();
        while self.script(&format!("return {script}")) != true {
            assert!(begun.elapsed() < 3 * PATIENCE, "waited in vain: {script}");
            sleep(Duration::from_millis(200));
        }
    }

    /// What the console has said, without what names one of `expected`.
    pub fn complaints_but(&self, expected: &[&str]) -> Vec<String> {
        let mut complaints = self.complaints();
        complaints.retain(|complaint| !expected.iter().any(|expected| complaint.contains(expected)));
        complaints
    }

    /// What the console has said since it was last asked: refused scripts and styles, errors.
    pub fn complaints(&self) -> Vec<String> {
        let entries = self.command("POST", "/se/log", &json!({ "type": "browser" }));
        let entries = entries.as_array().cloned().unwrap_or_default();
        entries.iter().map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Sets the size of the window's inside.
    pub fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Lets the reader prefer dark pages.
    pub fn darken(&self, is_dark: bool) {
        let value = if is_dark { "dark" } else { "light" };
        let feature = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.devtools("Emulation.setEmulatedMedia", &feature);
    }

    /// Keeps a picture of the window in `target/web/`.
    pub fn picture(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/web");
        std::fs::create_dir_all(&folder).unwrap();
        let picture = self.command("GET", "/screenshot", &Value::Null);
        let octets = decode_base64(picture.as_str().expect("a picture is text"));
        assert!(octets.starts_with(b"\x89PNG"), "a picture is a PNG");
        std::fs::write(folder.join(format!("{name}.png")), octets).unwrap();
    }

    fn devtools(&self, command: &str, parameters: &Value) {
        self.command("POST", "/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }));
    }

    #[track_caller]
    fn element(&self, selector: &str) -> String {
        let found = self.command("POST", "/element", &json!({ "using": "css selector", "value": selector }));
        let id = found.as_object().and_then(|element| element.values().next()).and_then(Value::as_str);
        id.unwrap_or_else(|| panic!("{selector} is not on {}: {found}", self.path())).to_owned()
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        self.ask(method, &format!("/session/{}{path}", self.session), body)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let answer = http::send(self.address, method, path, &[("Content-Type", "application/json")], &body);
        let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        assert_eq!(answer.status, 200, "{method} {path}: {value}");
        value["value"].clone()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let path = format!("/session/{}", self.session);
        if TcpStream::connect(self.address).is_ok() {
            http::send(self.address, "DELETE", &path, &[], &[]);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Waits for something that comes by itself.
#[track_caller]
pub fn wait_for(mut is_so: impl FnMut() -> bool, what: &str) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        sleep(Duration::from_millis(20));
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Source: RFC 4648 section 4.
fn decode_base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let values = text.bytes().filter_map(|letter| LETTERS.iter().position(|&known| known == letter));
    let (mut octets, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for value in values {
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            octets.push((bits >> count) as u8);
        }
    }
    octets
}
