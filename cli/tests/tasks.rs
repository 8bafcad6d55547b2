//! Each task's command: what it prints, as text and as JSON, and what it refuses.

mod command;

use command::{SmallModel, failure, incomplete, json_lines, run, stdout};
use serde_json::{Value, json};

/// The cells of printed lines.
fn cells(printed: &str) -> Vec<Vec<&str>> {
    printed.lines().map(|line| line.split('\t').collect()).collect()
}

fn score(cell: &str) -> f64 {
    cell.parse().unwrap()
}

#[test]
fn zero_shot() {
    let model =
        SmallModel::new("DebertaV2ForSequenceClassification", &["contradiction", "neutral", "entailment"]);
    let zero_shot =
        |options: &[&str]| model.run(&[&["zero-shot", "--labels", "first,second"], options].concat());
    let printed = stdout(&zero_shot(&["a text", "another"]));
    let lines = cells(&printed);
    assert_eq!((lines.len(), lines[0].len()), (2, 4));
    let answer = &json_lines(&zero_shot(&["--json", "a text"]))[0];
    assert_eq!((&answer["labels"][0]["label"], &answer["windows"]), (&json!(lines[0][0]), &json!(1)));
    let scores: f64 = (0..2).map(|index| answer["labels"][index]["score"].as_f64().unwrap()).sum();
    assert!((scores - 1.0).abs() < 1e-6);
    assert!(failure(&zero_shot(&["--template", "none", "a text"]), 1).contains("the hypothesis template"));
    assert!(failure(&zero_shot(&["a text", "--pair", "b"]), 2).contains("--pair"));
    assert!(failure(&model.run(&["zero-shot", "text"]), 2).contains("--labels"));
    let bundled = run(&["zero-shot", "--labels", "a", "text"]);
    assert!(failure(&bundled, 1).contains("natural language inference"));

    // Lines may have labels of their own.
    let lines = [
        json!({"text": "a text"}),
        json!({"text": "a text", "labels": ["first", "second"]}),
        json!({"text": "a text", "labels": ["third"]}),
    ];
    let lines = lines.map(|line| line.to_string()).join("\n");
    let answers = json_lines(
        &model.run_with_input(&["zero-shot", "--labels", "first,second", "--jsonl", "--json"], &lines),
    );
    assert_eq!((&answers[0]["labels"], &answers[1]["labels"]), (&answer["labels"], &answer["labels"]));
    assert_eq!(answers[2]["labels"][0]["label"], "third");
    let (answers, _) = incomplete(&model.run_with_input(&["zero-shot", "--jsonl", "--json"], &lines));
    assert!(answers[0]["error"].as_str().unwrap().contains("no labels"), "{answers:?}");
    assert!(answers[1]["error"].is_null());
}

#[test]
fn rank() {
    let model = SmallModel::new("DebertaV2ForSequenceClassification", &["score"]);
    let rank = |options: &[&str]| model.run(&[&["rank", "--query", "how to sort"], options].concat());
    let documents = ["call sort()", "lists are\nsequences", "fn main() {}"];
    let printed = stdout(&rank(&documents));
    let lines = cells(&printed);
    let order: Vec<usize> = lines.iter().map(|line| line[1].parse().unwrap()).collect();
    assert!(lines.iter().is_sorted_by(|left, right| score(left[0]) >= score(right[0])), "{printed}");
    for (line, &document) in lines.iter().zip(&order) {
        assert_eq!(line[2], documents[document].replace('\n', "\\n"));
    }
    let answer = &json_lines(&rank(&[&["--json", "--top-k", "2"], &documents[..]].concat()))[0];
    let best: Vec<&Value> = answer["documents"].as_array().unwrap().iter().collect();
    assert_eq!(
        (best.len(), &best[0]["index"], &best[0]["text"]),
        (2, &json!(order[0]), &json!(documents[order[0]]))
    );

    // Lines are documents of the one query, or have a query each.
    let many: Vec<String> = (0..600).map(|number| format!("document {number}")).collect();
    let of_lines = &json_lines(
        &model.run_with_input(&["rank", "--query", "how to sort", "--json", "--top-k", "3"], many.join("\n")),
    )[0];
    let query = json!({"query": "how to sort", "documents": many});
    let of_queries = &json_lines(
        &model.run_with_input(&["rank", "--json", "--top-k", "3"], format!("{query}\n{query}\n")),
    )[1];
    assert_eq!(of_queries["line"], 2);
    for place in 0..3 {
        let (line, query) = (&of_lines["documents"][place], &of_queries["documents"][place]);
        assert_eq!((&line["score"], &line["text"]), (&query["score"], &query["text"]));
        assert_eq!(line["line"].as_u64().unwrap(), query["index"].as_u64().unwrap() + 1);
    }
    let texts = format!("{}\n{}\n", json!({"text": "a"}), json!({"query": "a"}));
    let (answers, messages) =
        incomplete(&model.run_with_input(&["rank", "--query", "q", "--json", "--jsonl"], texts));
    assert_eq!(answers[1]["documents"][0]["text"], "a");
    assert_eq!(messages[1], "deberta: 1 of 2 lines have no answer");

    assert!(failure(&rank(&["--resume", "--output", "out"]), 2).contains("--resume"));
    assert!(failure(&model.run(&["rank", "--query", " ", "a"]), 1).contains("query is empty"));
    assert!(failure(&model.run(&["rank", "a"]), 2).contains("--query"));
    assert!(failure(&run(&["rank", "--query", "q", "a"]), 1).contains("one label"));
}

#[test]
fn tokenize_shows_windows() {
    let model = SmallModel::new("DebertaV2Model", &[]);
    let text = "one two three four five six seven eight nine ten";
    let windows = ["tokenize", "--max-length", "8", "--windows=2", text];
    let printed = stdout(&model.run(&windows));
    let tables: Vec<&str> = printed.split("\n\n").collect();
    let answer = &json_lines(&model.run(&[&windows[..], &["--json"]].concat()))[0];
    let found = answer["windows"].as_array().unwrap();
    assert!(found.len() > 2 && tables.len() == found.len(), "{printed}");
    assert_eq!(found[1]["first_token"], 4);
    assert!(found.iter().all(|window| window["ids"][0] == 1), "{answer}");
}
