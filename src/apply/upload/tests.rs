use proptest::prelude::*;

use super::*;

/// The smallest thing that passes for a PFX, with some bytes of content.
fn pfx(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(VERSION_3.len() + content.len()).unwrap();
    let [high, low] = length.to_be_bytes();
    [&[0x30, 0x82, high, low], VERSION_3, content].concat()
}

fn upload(text: &str) -> Upload {
    serde_yaml::from_str(text).unwrap()
}

fn with(variables: &[(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
    let variables: Vec<(String, String)> = variables
        .iter()
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
        .collect();
    move |name| {
        let found = variables.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.into())
    }
}

fn refused(upload: &Upload, dir: &Path, variables: &[(&str, &str)]) -> String {
    let error = match read(upload, dir, &with(variables)) {
        Ok(_) => panic!("it was read"),
        Err(error) => error,
    };
    assert!(!error.help().is_empty());
    error.to_string()
}

#[test]
fn a_file_is_read_beside_the_plan_and_a_variable_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("plan")).unwrap();
    std::fs::write(dir.path().join("c.pfx"), pfx(b"abc")).unwrap();
    let plan = dir.path().join("plan");
    let from_file = upload("{pfx: ../c.pfx, passwordEnv: PW}");
    let read_file = read(&from_file, &plan, &with(&[("PW", "hunter2")])).unwrap();
    assert_eq!(read_file.password.unwrap().expose(), "hunter2");
    let text = read_file.content.expose().to_owned();
    assert_eq!(base64::decode(&text).unwrap().to_vec(), pfx(b"abc"));

    let broken = format!("{}\n{}\n", &text[..4], &text[4..]);
    let from_variable = upload("{pfxEnv: P}");
    let read_variable = read(&from_variable, &plan, &with(&[("P", &broken)])).unwrap();
    assert_eq!(read_variable.content.expose(), text);
    assert!(read_variable.password.is_none());
}

#[test]
fn what_is_not_at_hand_is_named_and_never_shown() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let put = |name: &str, bytes: &[u8]| std::fs::write(dir.join(name), bytes).unwrap();
    put("c.pfx", &pfx(b""));
    put("c.pem", b"\n-----BEGIN CERTIFICATE-----\nhunter2");
    put("c.txt", b"hunter2");
    put("large.pfx", &vec![0x30; 1 + MOST as usize]);
    std::fs::create_dir(dir.join("folder")).unwrap();
    for (text, variables, expected) in [
        ("{pfx: none.pfx}", &[][..], "could not read the file"),
        ("{pfx: folder}", &[], "is not a file"),
        ("{pfx: large.pfx}", &[], "more than 1048576 bytes"),
        ("{pfx: c.txt}", &[], "the file `c.txt` holds no PFX"),
        ("{pfx: c.pem}", &[], "the file `c.pem` holds PEM"),
        (
            "{pfx: c.pfx, passwordEnv: PW}",
            &[("PX", "")],
            "the variable `PW` is not set",
        ),
        ("{pfxEnv: P}", &[], "the variable `P` is not set"),
        (
            "{pfxEnv: P}",
            &[("P", "hunter2!")],
            "the variable `P` is not base64",
        ),
        (
            "{pfxEnv: P}",
            &[("P", "aHVudGVyMg==")],
            "the variable `P` holds no PFX",
        ),
        (
            "{pfxEnv: P}",
            &[("P", "-----BEGIN X-----")],
            "the variable `P` holds PEM",
        ),
    ] {
        let why = refused(&upload(text), dir, variables);
        assert!(why.contains(expected), "{why}");
        assert!(!why.contains("hunter"), "{why}");
    }
}

#[test]
fn a_pfx_is_told_by_its_first_bytes_and_its_length() {
    assert!(is_pfx(&pfx(b"")) && is_pfx(&pfx(&[7; 3000])));
    assert!(is_pfx(&[0x30, 0x03, 0x02, 0x01, 0x03]));
    assert!(is_pfx(&[0x30, 0x80, 0x02, 0x01, 0x03, 0x00, 0x00]));
    // A certificate alone begins with a sequence in a sequence.
    assert!(!is_pfx(&[0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x03]));
    let whole = pfx(&[7; 300]);
    for cut in 0..whole.len() {
        assert!(!is_pfx(&whole[..cut]), "{cut}");
    }
}

proptest! {
    #[test]
    fn no_bytes_are_too_odd(bytes: Vec<u8>) {
        is_pfx(&bytes);
        let sequence: Vec<u8> = [&[0x30][..], &bytes].concat();
        is_pfx(&sequence);
    }
}
