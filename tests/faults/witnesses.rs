//! Witnesses: each gets the signed roots; a vault that was set back to yesterday, all of it together, is found at the start.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read, Write as _},
    net::{TcpListener, TcpStream, UdpSocket},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use crate::{
    running::{Home, Running, board, said, settings},
    street::Street,
};

/// The number that leads to the menu.
const MENU: &str = "62001234";

/// A disk that is not the vault's: memory.
const OTHER_DISK: &str = "/dev/shm";

fn with_witnesses(rows: &str) -> String {
    format!("{}\n{rows}", settings())
}

fn call(street: &mut Street, call: u32) {
    street.call(call, MENU);
    thread::sleep(Duration::from_millis(300));
    street.hang_up(call);
}

/// The file that a witness keeps in its folder.
fn kept(folder: &Path) -> PathBuf {
    let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|end| end == "roots")).expect("the witness holds roots")
}

fn verify(home: &Home, root: &Path) -> (bool, String) {
    let data = home.data();
    said(&home.ringfence(&["verify", data.to_str().unwrap(), "--root", root.to_str().unwrap()]))
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").args(["-a", "--reflink=auto"]).args([from, to]).status().unwrap();
    assert!(copied.success());
}

#[test]
fn a_vault_that_was_set_back_with_its_log_and_index_is_found_by_what_a_witness_holds() {
    let other_disk = tempfile::tempdir_in(OTHER_DISK).unwrap();
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let at = other_disk.path().display();
    home.file("settings.toml", &with_witnesses(&format!("[[witnesses]]\nname = \"审计处\"\nat = \"{at}\"")));
    let running = Running::start(&home, &street);
    running.claim();
    street.until_link();
    call(&mut street, 1);
    assert!(running.stop());
    let (holds, told) = verify(&home, &kept(other_disk.path()));
    assert!(holds, "{told}");

    // A power cut tears the last line: the one before still speaks, and the next begins a line of its own.
    let whole = fs::read(kept(other_disk.path())).unwrap();
    let mut torn = whole.clone();
    torn.extend_from_slice(&whole[..whole.len() - 9]);
    fs::write(kept(other_disk.path()), torn).unwrap();

    let yesterday = home.data().with_file_name("yesterday");
    copy(&home.data(), &yesterday);
    let running = Running::start(&home, &street);
    street.until_link();
    call(&mut street, 2);
    assert!(running.stop());
    let (holds, told) = verify(&home, &kept(other_disk.path()));
    assert!(holds, "{told}");
    let held = fs::read(kept(other_disk.path())).unwrap();
    assert!(held.len() > 2 * whole.len(), "it was written to again");
    assert!(!home.log().iter().any(|event| event.contains("set_back")), "a torn line accuses nobody");

    fs::rename(home.data(), home.data().with_file_name("today")).unwrap();
    fs::rename(&yesterday, home.data()).unwrap();
    let running = Running::start(&home, &street);
    home.until_log(&["\"kind\":\"alarm_raised\"", "\"what\":\"set_back\"", "审计处"]);
    let cookie = running.sign_in();
    running.until_page("/now", &cookie, |page| page.contains("was set back to an older state"));
    assert!(running.stop());
    assert_eq!(fs::read(kept(other_disk.path())).unwrap(), held, "what shows it is not written over");
    let held = String::from_utf8(held).unwrap();
    let (newest, oldest) = (held.lines().last().unwrap(), held.lines().next().unwrap());
    for root in [kept(other_disk.path()).as_path(), Path::new(newest)] {
        let (holds, told) = verify(&home, root);
        assert!(!holds, "{told}");
    }
    // As somebody photographed it from the page, yesterday.
    let (holds, told) = verify(&home, Path::new(oldest));
    assert!(holds, "{told}");
}

#[test]
fn a_folder_that_is_not_there_or_on_the_vaults_own_disk_is_an_alarm_until_it_is_right() {
    let other_disk = tempfile::tempdir_in(OTHER_DISK).unwrap();
    let folder = other_disk.path().join("mounted");
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let own = home.data();
    let rows = format!(
        "[[witnesses]]\nname = \"own\"\nat = \"{}\"\n[[witnesses]]\nname = \"gone\"\nat = \"{}\"",
        own.display(),
        folder.display()
    );
    home.file("settings.toml", &with_witnesses(&rows));
    let running = Running::start(&home, &street);
    street.until_link();
    call(&mut street, 1);
    assert!(running.stop());
    assert!(!folder.exists(), "a mount point is not made");

    // The next start has a root to hand out at once.
    let running = Running::start(&home, &street);
    for name in ["own", "gone"] {
        home.until_log(&["\"kind\":\"alarm_raised\"", "\"what\":\"witness_gone\"", name]);
    }
    assert!(running.stop());
    fs::create_dir(&folder).unwrap();
    let running = Running::start(&home, &street);
    home.until_log(&["\"kind\":\"ready\""]);
    assert!(running.stop());
    let (holds, told) = verify(&home, &kept(&folder));
    assert!(holds, "{told}");
}

#[test]
fn log_servers_over_tcp_and_udp_get_each_root_in_a_line_that_verify_takes() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let (over_tcp, over_udp) = (tcp.local_addr().unwrap(), udp.local_addr().unwrap());
    let rows = format!(
        "[[witnesses]]\nname = \"tcp\"\nat = \"tcp://{over_tcp}\"\n[[witnesses]]\nname = \"udp\"\nat = \"udp://{over_udp}\""
    );
    home.file("settings.toml", &with_witnesses(&rows));
    let (tell, lines) = mpsc::channel();
    thread::spawn(move || {
        for stream in tcp.incoming() {
            let mut text = String::new();
            stream.unwrap().read_to_string(&mut text).unwrap();
            let _ = tell.send(text);
        }
    });
    let running = Running::start(&home, &street);
    street.until_link();
    call(&mut street, 1);
    assert!(running.stop());
    let framed = lines.recv_timeout(Duration::from_secs(30)).unwrap();
    let (octets, message) = framed.split_once(' ').unwrap();
    assert_eq!(octets.parse(), Ok(message.len()), "by counted octets");
    let mut datagram = [0; 2048];
    udp.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let read = udp.recv(&mut datagram).unwrap();
    for line in [message, std::str::from_utf8(&datagram[..read]).unwrap()] {
        assert!(line.starts_with("<109>1 20") && line.contains(" - ringfence - root - \u{feff}ringfence/"), "{line}");
        let (holds, told) = verify(&home, &home.file("line", line));
        assert!(holds, "{told}");
        let changed = line.replace(" boot 1 ", " boot 2 ");
        assert_ne!(changed, line);
        assert!(!verify(&home, &home.file("line", &changed)).0, "its signature is checked");
    }
}

/// A mail server as RFC 5321 has it, which takes one mail or has no room for it: what was sent to it, command by command, and
/// the mail.
fn mail_server(stream: TcpStream, has_room: bool) -> (Vec<String>, String) {
    let mut said = Vec::new();
    let mut mail = String::new();
    let mut answers = stream.try_clone().unwrap();
    let mut answer = |text: &str| answers.write_all(format!("{text}\r\n").as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    answer("220-mail.hospital.example\r\n220 ready");
    while let Some(line) = lines.next() {
        said.push(line.clone());
        match line.split(' ').next().unwrap() {
            "EHLO" => answer("250-mail.hospital.example\r\n250-SIZE 10485760\r\n250 8BITMIME"),
            "RCPT" if !has_room => answer("452 4.2.2 the mailbox is full"),
            "MAIL" | "RCPT" => answer("250 2.1.0 OK"),
            "DATA" => {
                answer("354 go on");
                mail = lines.by_ref().take_while(|line| line != ".").map(|line| line + "\r\n").collect();
                answer("250 2.0.0 taken");
            }
            "QUIT" => {
                answer("221 bye");
                break;
            }
            _ => answer("500 5.5.1 no such command"),
        }
    }
    (said, mail)
}

/// A mail's subject, recipient and words, and the file that it brings, as Python's `email` reads them.
fn read_mail(home: &Home, mail: &str) -> (String, PathBuf) {
    let (mail, root) = (home.file("mail.eml", mail), home.file("saved.root", ""));
    let read = "import email, email.policy, sys
mail = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
[saved] = mail.iter_attachments()
open(sys.argv[2], 'wb').write(saved.get_content().encode())
assert not any(part.defects for part in mail.walk())
print(mail['to'], mail['subject'], mail['date'].datetime.year, saved.get_filename(), mail.get_body().get_content())";
    let read = Command::new("python3").args(["-c", read]).args([&mail, &root]).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    (String::from_utf8(read.stdout).unwrap(), root)
}

#[test]
fn a_mailbox_gets_a_root_as_a_file_that_verify_takes_and_a_server_that_refuses_is_an_alarm() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = server.local_addr().unwrap();
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let row = format!("[[witnesses]]\nname = \"mail\"\nat = \"smtp://{at}/audit@hospital.example\"");
    home.file("settings.toml", &with_witnesses(&row));
    let has_room = Arc::new(AtomicBool::new(false));
    let (tell, sessions) = mpsc::channel();
    let room = Arc::clone(&has_room);
    thread::spawn(move || {
        for stream in server.incoming() {
            let _ = tell.send(mail_server(stream.unwrap(), room.load(Ordering::Relaxed)));
        }
    });
    let session = || sessions.recv_timeout(Duration::from_secs(30)).unwrap();
    let running = Running::start(&home, &street);
    street.until_link();
    call(&mut street, 1);
    assert!(running.stop());
    let (said, mail) = session();
    assert_eq!((said.last().unwrap().as_str(), mail.as_str()), ("RCPT TO:<audit@hospital.example>", ""));

    // What was refused is tried again: here by the next start.
    let running = Running::start(&home, &street);
    home.until_log(&["\"kind\":\"alarm_raised\"", "\"what\":\"witness_gone\""]);
    assert!(running.stop());
    has_room.store(true, Ordering::Relaxed);
    let running = Running::start(&home, &street);
    let (said, mail) = std::iter::repeat_with(session).find(|(_, mail)| !mail.is_empty()).unwrap();
    assert!(running.stop());
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    let from = "MAIL FROM:<ringfence@hospital.example>";
    assert_eq!(said, ["EHLO [127.0.0.1]", from, "RCPT TO:<audit@hospital.example>", "DATA", "QUIT"]);
    assert!(mail.lines().all(|line| line.is_ascii() && line.len() <= 998 && !line.starts_with('.')), "{mail}");
    let (read, root) = read_mail(&home, &mail);
    for told in ["audit@hospital.example", "signed root of", ".root", "ringfence verify"] {
        assert!(read.contains(told), "{told}: {read}");
    }
    let (holds, told) = verify(&home, &root);
    assert!(holds, "{told}");
    let changed = fs::read_to_string(&root).unwrap().replace("boot 1", "boot 2");
    assert!(!verify(&home, &home.file("changed", &changed)).0, "its signature is checked");
}
