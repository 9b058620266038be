//! A browser that is driven as a person would: with keys, at a size, in light or
//! dark. Chromium, over its own protocol.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

/// How long the browser may take to start, or to say anything: longer is never.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a browser says first.
const ADDRESS: &str = "DevTools listening on ";

/// A process that ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One page in a browser of its own, which ends with it.
pub struct Browser {
    _process: Process,
    socket: WebSocket<TcpStream>,
    session: String,
    sent: u64,
    /// What went wrong in the page, and what it asked others for.
    pub trouble: Vec<String>,
}

impl Browser {
    /// Opens an empty page; none where there is no Chromium, or one that can't be
    /// driven: in a container without namespaces, say.
    pub fn open(profile: &Path) -> Option<Self> {
        let spawned = Command::new("chromium")
            .args(["--headless", "--no-sandbox", "--disable-gpu"])
            .args(["--remote-debugging-port=0", "about:blank"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = spawned else {
            println!("skipped: chromium is absent");
            return None;
        };
        let said = BufReader::new(child.stderr.take().unwrap()).lines();
        let process = Process(child);
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            // To its end: a full pipe would hold it.
            for line in said.map_while(Result::ok) {
                if let Some(address) = line.strip_prefix(ADDRESS) {
                    let _ = tell.send(address.to_owned());
                }
            }
        });
        let Ok(address) = told.recv_timeout(PATIENCE) else {
            println!("skipped: chromium gives no address to drive it at");
            return None;
        };
        let host = address.trim_start_matches("ws://").split('/').next();
        let stream = TcpStream::connect(host.unwrap()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (socket, _) = tungstenite::client(&address, stream).unwrap();
        let mut browser = Self {
            _process: process,
            socket,
            session: String::new(),
            sent: 0,
            trouble: Vec::new(),
        };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", attach);
        attached["sessionId"]
            .as_str()
            .unwrap()
            .clone_into(&mut browser.session);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    /// Sends a command and waits for its answer.
    fn call(&mut self, method: &str, params: Value) -> Value {
        self.sent += 1;
        let mut request = json!({"id": self.sent, "method": method, "params": params});
        if !self.session.is_empty() {
            request["sessionId"] = json!(self.session);
        }
        let text = request.to_string();
        self.socket.send(Message::text(text)).unwrap();
        loop {
            let answer = self.next();
            if answer["id"] == self.sent {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    fn next(&mut self) -> Value {
        loop {
            let Message::Text(text) = self.socket.read().expect("the browser says something")
            else {
                continue;
            };
            let event: Value = serde_json::from_str(&text).unwrap();
            let params = &event["params"];
            let is_trouble = match event["method"].as_str().unwrap_or_default() {
                "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded" => true,
                "Network.requestWillBeSent" => {
                    let url = params["request"]["url"].as_str().unwrap();
                    !url.starts_with("file://") && !url.starts_with("data:")
                }
                _ => false,
            };
            if is_trouble {
                self.trouble.push(params.to_string());
            }
            return event;
        }
    }

    /// The size of the window, and whether it is dark.
    pub fn looks(&mut self, width: usize, dark: bool) {
        let size =
            json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500});
        self.call("Emulation.setDeviceMetricsOverride", size);
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.call("Emulation.setEmulatedMedia", media);
    }

    /// Goes to a file.
    pub fn go(&mut self, file: &Path) {
        let url = format!("file://{}", file.display());
        self.call("Page.navigate", json!({"url": url}));
        while self.next()["method"] != "Page.loadEventFired" {}
    }

    /// What a script in the page says.
    pub fn says(&mut self, script: &str) -> Value {
        let params = json!({"expression": script, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", params);
        assert!(answer["exceptionDetails"].is_null(), "{script}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Waits until a script says something: what a link or an address leads to
    /// comes after the key.
    pub fn comes_to(&mut self, script: &str, wanted: &Value) {
        for _ in 0..200 {
            if self.says(script) == *wanted {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(self.says(script), *wanted, "{script}");
    }

    /// Presses a key, and lets go of it.
    pub fn press(&mut self, key: &str) {
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => 0,
        };
        let text = match key {
            "Enter" => Some("\r"),
            _ if code == 0 => Some(key),
            _ => None,
        };
        let mut down = json!({"type": "keyDown", "key": key, "windowsVirtualKeyCode": code});
        if let Some(text) = text {
            down["text"] = json!(text);
        }
        self.call("Input.dispatchKeyEvent", down);
        let up = json!({"type": "keyUp", "key": key, "windowsVirtualKeyCode": code});
        self.call("Input.dispatchKeyEvent", up);
    }

    /// Presses Tab until what has the focus fits a selector.
    pub fn tab_to(&mut self, selector: &str) {
        let is_there = format!("document.activeElement.matches({})", json!(selector));
        for _ in 0..500 {
            self.press("Tab");
            if self.says(&is_there) == json!(true) {
                return;
            }
        }
        panic!("no key leads to {selector}");
    }
}
