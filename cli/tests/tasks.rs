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
    let long =
        model.run_with_input(&["rank", "--query", "q", "--json", "--max-length", "9"], "a\na b c d e f g");
    let (answers, messages) = incomplete(&long);
    assert_eq!(answers[1]["documents"].as_array().unwrap().len(), 1);
    assert!(messages[0].starts_with("deberta: line 2: the "), "{messages:?}");

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

#[test]
fn tag() {
    let model = SmallModel::new("DebertaV2ForTokenClassification", &["O", "B-A", "I-A", "B-B"]);
    let text = "fn main() {\n    let naïve = 1;\n}";
    let tag = |options: &[&str]| model.run(&[&["tag"], options].concat());
    let printed = stdout(&tag(&["--ignore-labels", "none", text]));
    let answer = &json_lines(&tag(&["--ignore-labels", "none", "--json", text]))[0];
    let entities = answer["entities"].as_array().unwrap();
    assert!(!entities.is_empty() && answer["windows"] == 1, "{answer}");
    for (line, entity) in cells(&printed).iter().zip(entities) {
        let range = |name: &str| [0, 1].map(|end| entity[name][end].as_u64().unwrap() as usize);
        let ([start, end], [first, last]) = (range("bytes"), range("chars"));
        let words = &text[start..end];
        assert_eq!(words, text.chars().skip(first).take(last - first).collect::<String>());
        assert_eq!(line[0], entity["label"]);
        assert_eq!(line[2..], [start.to_string(), end.to_string(), words.replace('\n', "\\n")]);
    }
    let every_token =
        &json_lines(&tag(&["--aggregation", "none", "--ignore-labels", "none", "--json", text]))[0];
    let every_token = every_token["entities"].as_array().unwrap();
    assert!(every_token.len() > entities.len());
    assert!(["O", "B-A", "I-A", "B-B"].contains(&every_token[0]["label"].as_str().unwrap()));
    let nothing = tag(&["--aggregation", "none", "--ignore-labels", "O,B-A,I-A,B-B", text]);
    assert_eq!(stdout(&nothing), "");
    let windows = &json_lines(&tag(&["--json", "--max-length", "12", "--windows=4", text]))[0];
    assert!(windows["windows"].as_u64() > Some(1), "{windows}");
    assert!(failure(&tag(&["--aggregation", "best", text]), 2).contains("average"));
    assert!(failure(&run(&["tag", text]), 1).contains("token classification"));
}

#[test]
fn answer() {
    let model = SmallModel::new("DebertaV2ForQuestionAnswering", &["LABEL_0", "LABEL_1"]);
    let context = "Marie Curie worked in Paris, and Pierre Curie worked there too.";
    let question = ["answer", "--question", "Who worked in Paris?"];
    let answer = |options: &[&str]| model.run(&[&question, options].concat());
    let printed = stdout(&answer(&["--top-k", "3", context, context]));
    let both: Vec<&str> = printed.split("\n\n").collect();
    assert_eq!((both.len(), both[0], both[0].lines().count()), (2, both[1].trim_end(), 3));
    let found = &json_lines(&answer(&["--top-k", "3", "--json", context]))[0];
    for (line, answer) in cells(both[0]).iter().zip(found["answers"].as_array().unwrap()) {
        let [start, end] = [0, 1].map(|end| answer["bytes"][end].as_u64().unwrap() as usize);
        assert_eq!(answer["text"], context[start..end]);
        assert_eq!(line[1..], [start.to_string(), end.to_string(), context[start..end].to_owned()]);
        assert_eq!(answer["impossible"], false);
    }

    // The same from a file, from lines, and with a question in each line.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("context.txt");
    std::fs::write(&file, format!("{context}\n\n{}", "Nothing else happened. ".repeat(100))).unwrap();
    let of_file = &json_lines(&answer(&["--json", "--context-file", file.to_str().unwrap()]))[0];
    assert!(of_file["windows"].as_u64() > Some(1), "{of_file}");
    let of_lines = model.run_with_input(&[&question[..], &["--json", "--top-k", "3"]].concat(), context);
    let record = json!({"question": question[2], "context": context});
    let of_records = model.run_with_input(&["answer", "--json", "--top-k", "3"], record.to_string());
    for output in [of_lines, of_records] {
        let of_line = &json_lines(&output)[0];
        assert_eq!((&of_line["line"], &of_line["answers"]), (&json!(1), &found["answers"]));
    }
    let all = ["--impossible", "--top-k", "1000", "--max-answer-length", "3", "--json", context];
    let all = &json_lines(&answer(&all))[0];
    assert!(all["answers"].as_array().unwrap().iter().any(|answer| answer["impossible"] == true), "{all}");

    assert!(failure(&answer(&["--jsonl"]), 2).contains("--jsonl"));
    assert!(failure(&answer(&["--context-file", "/nowhere"]), 1).contains("/nowhere"));
    assert!(failure(&model.run(&["answer", context]), 2).contains("--question"));
    assert!(failure(&run(&[&question[..], &[context]].concat()), 1).contains("question answering"));
}

#[test]
fn fill_mask() {
    let model = SmallModel::of_golden("masked_lm");
    let text = "the [MASK] runs in the [MASK]";
    let fill = |options: &[&str]| model.run(&[&["fill-mask"], options].concat());
    let printed = stdout(&fill(&[text]));
    let lines = cells(&printed);
    assert_eq!((lines.len(), lines[0].len()), (2, 10));
    let answer = &json_lines(&fill(&["--json", "--top-k", "2", text]))[0];
    for (mask, line) in lines.iter().enumerate() {
        let mask = &answer["masks"][mask];
        assert_eq!(mask["fills"].as_array().unwrap().len(), 2);
        assert_eq!(mask["fills"][0]["token"], line[0]);
        let [start, end] = [0, 1].map(|end| mask["bytes"][end].as_u64().unwrap() as usize);
        assert_eq!(&text[start..end], "[MASK]");
    }
    let printed = stdout(&fill(&["--candidates", "▁cat,▁dog", text]));
    let mut tokens: Vec<&str> = cells(&printed)[0].iter().step_by(2).copied().collect();
    tokens.sort_unstable();
    assert_eq!(tokens, ["▁cat", "▁dog"]);
    let (answers, messages) =
        incomplete(&model.run_with_input(&["fill-mask", "--json"], format!("{text}\nno mask\n{text}\n")));
    assert_eq!(
        (answers.len(), &answers[0]["masks"], &answers[2]["line"]),
        (3, &answers[2]["masks"], &json!(3))
    );
    assert!(
        messages[0].starts_with("deberta: line 2: ") && messages[0].contains("no [MASK]"),
        "{messages:?}"
    );
    // What is wrong with a candidate is not said for each line.
    let wrong =
        model.run_with_input(&["fill-mask", "--candidates", "two words"], format!("{text}\n{text}\n"));
    assert!(failure(&wrong, 1).contains("two words"));
    assert!(failure(&run(&["fill-mask", text]), 1).contains("masked language modelling"));
}

#[test]
fn choose() {
    let model = SmallModel::new("DebertaV2ForMultipleChoice", &["LABEL_0"]);
    let choices = ["the street\nis wet", "the sun is cold", "fn main() {}"];
    let choose = |options: &[&str]| model.run(&[&["choose", "--prompt", "It rained, so"], options].concat());
    let printed = stdout(&choose(&choices));
    let lines = cells(&printed);
    assert!(lines.len() == 3 && lines.iter().is_sorted_by(|left, right| score(left[0]) >= score(right[0])));
    let answer = &json_lines(&choose(&[&["--json"], &choices[..]].concat()))[0];
    for (line, choice) in lines.iter().zip(answer["choices"].as_array().unwrap()) {
        let text = choices[choice["index"].as_u64().unwrap() as usize];
        assert_eq!(line[1..], [choice["index"].to_string(), text.replace('\n', "\\n")]);
        assert_eq!(choice["text"], text);
    }
    let good = json!({"prompt": "It rained, so", "choices": choices});
    let lines = format!("{good}\n{}\n{good}\n", json!({"prompt": "a", "choices": []}));
    let (answers, _) = incomplete(&model.run_with_input(&["choose", "--json"], lines));
    assert_eq!((&answers[0]["choices"], &answers[2]["choices"]), (&answer["choices"], &answer["choices"]));
    assert!(answers[1]["error"].as_str().unwrap().contains("no choices"), "{answers:?}");
    assert!(failure(&choose(&[]), 2).contains("CHOICE"));
    assert!(failure(&run(&["choose", "--prompt", "a", "b"]), 1).contains("multiple choice"));
}

#[test]
fn encode_pools_normalizes_and_takes_any_layer() {
    let model = SmallModel::new("DebertaV2Model", &[]);
    let text = "fn main() {}";
    let encode = |options: &[&str]| {
        let answer = json_lines(&model.run(&[&["encode", "--json"], options, &[text]].concat())).remove(0);
        serde_json::from_value::<Vec<f64>>(answer["embedding"].clone()).unwrap()
    };
    let tokens = &json_lines(&model.run(&["encode", "--json", "--pool", "none", "--layer", "0", text]))[0];
    let tokens: Vec<Vec<f64>> = serde_json::from_value(tokens["last_hidden_state"].clone()).unwrap();
    let largest: Vec<f64> = (0..tokens[0].len())
        .map(|column| tokens.iter().map(|token| token[column]).fold(f64::NEG_INFINITY, f64::max))
        .collect();
    assert_eq!(encode(&["--pool", "max", "--layer", "0"]), largest);
    assert_ne!(encode(&["--pool", "max"]), largest);
    let norm = encode(&["--pool", "mean", "--normalize"]).iter().map(|value| value * value).sum::<f64>();
    assert!((norm - 1.0).abs() < 1e-5, "{norm}");
    let windows = ["encode", "--json", "--max-length", "4", "--windows=1", text];
    assert!(json_lines(&model.run(&windows))[0]["windows"].as_u64() > Some(1));
    assert!(failure(&model.run(&["encode", "--layer", "2", text]), 1).contains("layer 2"));
    assert!(failure(&model.run(&["encode", "--pool", "none", "--normalize", text]), 2).contains("--pool"));
}
