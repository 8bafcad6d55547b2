//! docs/bindings.md says which test covers what in which language: those tests exist.

use std::path::Path;

/// Where the tests of the table's columns are, after that of the feature.
const FOLDERS: [&str; 3] = ["bindings/cpp", "bindings/go", "bindings/java"];

/// Adds the names and contents of all files, but for what is built.
fn add_files(all: &mut String, folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && name != "target" && name != "build" {
            add_files(all, &path);
        } else if let Ok(content) = std::fs::read_to_string(&path) {
            all.push_str(&content);
        }
        all.push_str(&name);
        all.push('\n');
    }
}

/// The names in the code spans of a cell: `suite.test_name` has two.
fn names(cell: &str) -> Vec<&str> {
    let spans = cell.split('`').skip(1).step_by(2);
    spans
        .flat_map(|span| span.split(|letter: char| !letter.is_alphanumeric() && letter != '_'))
        .filter(|name| name.len() > 2)
        .collect()
}

#[test]
fn every_cell_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join("docs/bindings.md")).unwrap();
    let features = table.lines().skip_while(|line| !line.starts_with("| feature |")).skip(2);
    let rows: Vec<Vec<&str>> = features
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').collect())
        .collect();
    assert!(rows.len() > 25, "the table has shrunk to {} rows", rows.len());
    for (column, folder) in FOLDERS.iter().enumerate() {
        let mut tests = String::new();
        add_files(&mut tests, &root.join(folder));
        for row in &rows {
            let cell = row[column + 1];
            assert!(!names(cell).is_empty(), "{folder}: no test for {}", row[0]);
            for name in names(cell) {
                assert!(tests.contains(name), "{folder}: there is no {name}, which should cover {}", row[0]);
            }
        }
    }
}
