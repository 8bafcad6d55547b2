//! Streams of many lines: order, memory, lines without an answer, interruption and resumption.

mod command;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use command::{SmallModel, deberta, failure, incomplete, json_lines, run, stdout};
use serde_json::{Value, json};

fn classifier() -> SmallModel {
    SmallModel::new("DebertaV2ForSequenceClassification", &["first", "second", "third"])
}

fn spawn(model: &SmallModel, arguments: &[&str]) -> Child {
    deberta(&model.arguments(arguments))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn lines_of(path: &Path) -> usize {
    fs::read(path).unwrap_or_default().iter().filter(|&&byte| byte == b'\n').count()
}

/// Waits for a condition that a child makes true, which is taken to hang if it does not.
fn wait_until(mut holds: impl FnMut() -> bool) {
    for _ in 0..60_000 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("nothing happened for a minute");
}

#[cfg(unix)]
fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Texts of which some are bad: not UTF-8, not JSON, without text, too long.
fn mixed_lines(count: usize) -> Vec<u8> {
    let line = |number: usize| match number % 100 {
        17 => b"{\"text\": \"\xff\"}".to_vec(),
        34 => b"{\"text\": ".to_vec(),
        51 => b"{\"txt\": \"a\"}".to_vec(),
        68 => json!({"text": "too long ".repeat(30)}).to_string().into_bytes(),
        85 => Vec::new(),
        _ => json!({"text": format!("let x = {number};")}).to_string().into_bytes(),
    };
    (1..=count).flat_map(|number| [line(number), b"\n".to_vec()].concat()).collect()
}

const CLASSIFY: [&str; 4] = ["classify", "--all", "--max-length", "32"];

#[test]
fn lines_without_an_answer_are_reported_in_their_place_and_the_work_goes_on() {
    let output =
        classifier().run_with_input(&[&CLASSIFY[..], &["--json", "--jsonl"]].concat(), mixed_lines(100));
    let (answers, messages) = incomplete(&output);
    // Line 85 is blank, which in JSON is no text.
    let expected: Vec<u64> = (1..=100).filter(|line| *line != 85).collect();
    let lines: Vec<u64> = answers.iter().map(|answer| answer["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, expected);
    for (line, part) in [
        (17, "not UTF-8"),
        (34, "not an object {\"text\": …, \"pair\": …} in JSON"),
        (51, "missing field `text`"),
        (68, "truncat"),
    ] {
        let answer = answers.iter().find(|answer| answer["line"] == line).unwrap();
        let error = answer["error"].as_str().unwrap();
        assert!(error.contains(part) && answer.as_object().unwrap().len() == 2, "{answer}");
        assert!(messages.contains(&format!("deberta: line {line}: {error}")), "{messages:?}");
    }
    assert!(answers.iter().all(|answer| answer["line"] == 68
        || answer["error"].is_null()
        || answer["line"].as_u64() < Some(52)));
    assert_eq!((messages.len(), messages[4].as_str()), (5, "deberta: 4 of 99 lines have no answer"));
}

#[test]
fn one_bad_line_changes_nothing_for_the_lines_around_it() {
    let model = classifier();
    let texts: Vec<String> = (0..40).map(|number| format!("fn f{number}() {{}}")).collect();
    let arguments = [&CLASSIFY[..], &["--json"]].concat();
    let good = json_lines(&model.run_with_input(&arguments, texts.join("\n")));
    let mut mixed = texts.clone();
    mixed.insert(20, "too long ".repeat(30));
    let (answers, _) = incomplete(&model.run_with_input(&arguments, mixed.join("\n")));
    let labels =
        |answers: &[Value]| answers.iter().map(|answer| answer["labels"].clone()).collect::<Vec<_>>();
    assert_eq!(labels(&answers[..20]), labels(&good[..20]));
    assert_eq!(labels(&answers[21..]), labels(&good[20..]));
}

#[test]
fn plain_text_names_lines_too() {
    let output = classifier().run_with_input(&CLASSIFY, ["a", &"long ".repeat(40), "b"].join("\n"));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("deberta: line 2: ") && stderr.ends_with("1 of 3 lines have no answer\n"),
        "{stderr}"
    );
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2);
}

#[test]
fn what_is_wrong_with_every_line_ends_the_work() {
    let wrong_head = SmallModel::new("DebertaV2ForTokenClassification", &["O", "B-X"]);
    let message = failure(&wrong_head.run_with_input(&["classify"], "a\nb\nc\n"), 1);
    assert!(message.contains("classification needs"), "{message}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_hundred_thousand_lines_take_no_more_memory_than_a_few() {
    const LINES: usize = 100_000;
    let model = classifier();
    let mut child = spawn(&model, &["classify", "--json", "--jsonl"]);
    let mut stdin = child.stdin.take().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let writer = std::thread::spawn(move || {
        // The command has no use for the filling, but would notice it in memory.
        let filling = "x".repeat(500);
        for number in 0..LINES {
            writeln!(stdin, "{}", json!({"text": format!("let x{number};"), "filling": filling})).unwrap();
        }
        // Open until memory was looked at.
        let () = receiver.recv().unwrap();
    });
    let status_file = format!("/proc/{}/status", child.id());
    let peak = || {
        let status = fs::read_to_string(&status_file).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() >> 10
    };
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut early_peak = 0;
    for number in 0..LINES {
        let answer = answers.next().unwrap().unwrap();
        assert!(
            answer.starts_with(&format!("{{\"line\":{},\"text\":\"let x{number};\"", number + 1)),
            "{answer}"
        );
        if number == LINES / 10 {
            early_peak = peak();
        }
    }
    let late_peak = peak();
    sender.send(()).unwrap();
    writer.join().unwrap();
    assert!(child.wait().unwrap().success());
    // The other lines have 46 MiB.
    assert!(late_peak < early_peak + 8, "{early_peak} MiB, then {late_peak} MiB");
}

#[test]
fn killed_runs_and_their_resumption_write_the_bytes_of_one_run() {
    let model = classifier();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (input, whole, resumed) = (path("in.jsonl"), path("whole.jsonl"), path("resumed.jsonl"));
    fs::write(&input, mixed_lines(10_000)).unwrap();
    let arguments = |output| [&CLASSIFY[..], &["--file", &input, "--output", output]].concat();
    let last_line = |output: &Output| {
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
        String::from_utf8(output.stderr.clone()).unwrap().lines().last().unwrap().to_owned()
    };
    let expected_message = last_line(&model.run(&arguments(&whole)));
    assert_eq!(expected_message, "deberta: 400 of 9900 lines have no answer");
    let expected = fs::read(&whole).unwrap();

    let resume = [&arguments(&resumed)[..], &["--resume"]].concat();
    let resumed_path = Path::new(&resumed);
    for _ in 0..4 {
        let before = lines_of(resumed_path);
        let mut child = spawn(&model, &resume);
        wait_until(|| lines_of(resumed_path) > before + 100);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(lines_of(resumed_path) < 9_900, "killed too late for this test");
    }
    // As a kill in the middle of writing leaves it.
    let mut torn = fs::read(&resumed).unwrap();
    torn.truncate(torn.len() - 20);
    fs::write(&resumed, torn).unwrap();
    let message = last_line(&model.run(&resume));
    assert!(fs::read(&resumed).unwrap() == expected, "{resumed} differs");
    // Errors of all runs count.
    assert_eq!(message, expected_message);
    // A finished one is finished.
    assert_eq!(last_line(&model.run(&resume)), expected_message);
    assert!(fs::read(&resumed).unwrap() == expected);
}

#[test]
fn outputs_are_neither_overwritten_nor_confused() {
    let model = classifier();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let classify = |input: &str, output: &str, resume: bool| {
        let arguments = ["classify", "--file", input, "--output", output, "--resume"];
        model.run(&arguments[..if resume { 6 } else { 5 }])
    };
    fs::write(path("in"), "a\nb\nc\n").unwrap();
    fs::write(path("short"), "a\n").unwrap();
    stdout(&classify(&path("in"), &path("out"), false));
    let written = fs::read_to_string(path("out")).unwrap();
    assert!(written.starts_with("{\"line\":1,\"text\":\"a\",") && written.lines().count() == 3, "{written}");

    assert!(failure(&classify(&path("in"), &path("out"), false), 1).contains("--resume"));
    let message = failure(&classify(&path("short"), &path("out"), true), 1);
    assert!(message.contains("ends after line 1,"), "{message}");
    assert!(failure(&classify(&path("in"), &path("in"), true), 1).contains("cannot resume"));
    assert!(failure(&classify(&path("in"), &path("no/such/out"), true), 1).contains("no/such"));
    assert_eq!(fs::read_to_string(path("out")).unwrap(), written);
    assert_eq!(fs::read_to_string(path("in")).unwrap(), "a\nb\nc\n");

    // What is not there yet starts at its start.
    stdout(&classify(&path("in"), &path("new"), true));
    assert_eq!(fs::read_to_string(path("new")).unwrap(), written);
    assert!(failure(&run(&["classify", "--file", "in", "--resume"]), 2).contains("--output"));
    assert!(
        failure(&run(&["classify", "a", "--output", &path("args"), "--resume"]), 2).contains("needs lines")
    );
    stdout(&model.run(&["classify", "a", "--output", &path("args")]));
    assert!(fs::read_to_string(path("args")).unwrap().starts_with("{\"text\":\"a\""));
    stdout(&model.run(&["classify", "a", "--output", "/dev/null"]));
}

#[test]
#[cfg(unix)]
fn an_interrupted_run_ends_with_whole_lines() {
    let model = classifier();
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.jsonl");
    let arguments = ["classify", "--output", output.to_str().unwrap(), "--resume"];

    // While it waits for input.
    let mut child = spawn(&model, &arguments);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"a\nb\nc\n").unwrap();
    wait_until(|| lines_of(&output) == 3);
    interrupt(&child);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "deberta: interrupted; --resume goes on\n");

    // While it works.
    let input: String = (0..50_000).map(|number| format!("let x = {number};\n")).collect();
    let mut child = spawn(&model, &arguments);
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    wait_until(|| lines_of(&output) > 1_000);
    interrupt(&child);
    let ended = child.wait_with_output().unwrap();
    // The input was not read to its end.
    assert!(writer.join().unwrap().is_err());
    assert_eq!(ended.status.code(), Some(130));
    let written = fs::read_to_string(&output).unwrap();
    let lines: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(written.ends_with('\n') && lines.len() < 50_000);
    assert!(lines.iter().enumerate().all(|(index, answer)| answer["line"] == index + 1));
}

#[test]
fn a_text_that_takes_too_long_is_given_up() {
    let model = classifier();
    let (answers, messages) =
        incomplete(&model.run_with_input(&["classify", "--json", "--timeout", "1e-9"], "a\nb\n"));
    assert!(
        answers.iter().all(|answer| answer["error"].as_str().unwrap().contains("deadline")),
        "{answers:?}"
    );
    assert_eq!(messages.len(), 3);
    stdout(&model.run_with_input(&["classify", "--json", "--timeout", "1000"], "a\nb\n"));
    assert!(failure(&run(&["classify", "--timeout", "0", "a"]), 2).contains("--timeout"));
}

#[test]
fn long_texts_are_refused_cut_or_read_in_windows() {
    let model = classifier();
    let text = "let x = 1; ".repeat(40);
    let classify = |options: &[&str]| {
        let arguments = [&["classify", "--json", "--max-length", "32"], options, &[text.as_str()]].concat();
        model.run(&arguments)
    };
    assert!(failure(&classify(&[]), 1).contains("text 1: "));
    let cut = &json_lines(&classify(&["--truncation", "longest_first"]))[0];
    assert!(cut["windows"] == 1 && cut["truncated"]["removed_tokens"][0].as_u64() > Some(0), "{cut}");
    let windows = &json_lines(&classify(&["--windows=8"]))[0];
    assert!(windows["windows"].as_u64() > Some(2) && windows["truncated"].is_null(), "{windows}");
    let fewer = &json_lines(&classify(&["--windows=0"]))[0];
    assert!(fewer["windows"].as_u64() < windows["windows"].as_u64(), "{fewer}");
    assert!(failure(&classify(&["--windows"]), 1).contains("stride"));
    assert!(failure(&classify(&["--windows=x"]), 2).contains("--windows"));
}
