//! Promises about structure that ARCHITECTURE.md makes and no compiler checks: who may name whom, and where unsafe code is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The chain, rightmost first: a crate may name those before it.
const CHAIN: [&str; 4] = ["runtime-core", "runtime-time", "runtime-sync", "runtime-io"];

/// A source file of the library: its path from the root, and its text without tests and comments.
struct Source {
    path: String,
    code: String,
}

#[test]
fn no_crate_names_one_to_its_left() {
    for (place, right) in CHAIN.iter().enumerate() {
        for left in &CHAIN[place + 1..] {
            assert_named_only_under(&left.replace('-', "_"), |path| !path.starts_with(right));
        }
        assert_named_only_under("heist::", |path| !path.starts_with(right));
    }
}

/// QUEUE-02: what crossbeam's queues may be asked is written in one file.
#[test]
fn each_foreign_seam_has_one_owner() {
    assert_named_only_under("crossbeam_deque", |path| {
        path == "runtime-core/src/scheduler/queue.rs"
    });
    assert_named_only_under("polling::", |path| {
        path.starts_with("runtime-io/src/reactor/")
    });
    assert_named_only_under("rustix::event", |path| {
        path.starts_with("runtime-io/src/reactor/poll")
    });
}

#[test]
fn no_manifest_of_the_chain_names_another_runtime() {
    for folder in CHAIN.iter().copied().chain([".", "runtime-macros"]) {
        let manifest = read(&root().join(folder).join("Cargo.toml"));
        for foreign in ["tokio", "hyper", "quinn", "async-std", "smol"] {
            let named = manifest
                .lines()
                .any(|line| line.trim_start().starts_with(foreign));
            assert!(!named, "{folder}/Cargo.toml names {foreign}");
        }
    }
}

#[test]
fn unsafe_code_is_where_the_list_says() {
    let found: BTreeSet<_> = sources()
        .into_iter()
        .filter(|source| has_unsafe(&source.code))
        .map(|source| source.path)
        .collect();
    let listed = listed_unsafe();
    let missing: Vec<_> = found.difference(&listed).collect();
    let stale: Vec<_> = listed.difference(&found).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "the list of unsafe code in ARCHITECTURE.md lacks {missing:?} and need not name {stale:?}"
    );
}

#[test]
fn the_map_is_short_and_its_crates_exist() {
    let text = architecture();
    assert!(text.lines().count() <= 250);
    for folder in CHAIN {
        assert!(
            text.contains(&format!("**`{folder}/src/`**")),
            "{folder} is not on the map"
        );
    }
}

/// Fails if a source for which `allowed` does not hold names `name`.
fn assert_named_only_under(name: &str, allowed: impl Fn(&str) -> bool) {
    for source in sources() {
        let wrong = source.code.contains(name) && !allowed(&source.path);
        assert!(!wrong, "{} must not name {name}", source.path);
    }
}

fn has_unsafe(code: &str) -> bool {
    [
        "unsafe {",
        "unsafe impl",
        "unsafe fn",
        "unsafe trait",
        "unsafe extern",
    ]
    .iter()
    .any(|form| code.contains(form))
}

/// The files in the rows "| `folder/`: `file` `file` | why |".
fn listed_unsafe() -> BTreeSet<String> {
    let text = architecture();
    let section = text
        .split("## Unsafe code")
        .nth(1)
        .expect("there is such a section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut listed = BTreeSet::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let names = row.split('|').nth(1).unwrap_or_default();
        let mut names = names.split('`').skip(1).step_by(2);
        let folder = names.next().unwrap_or_default();
        listed.extend(names.map(|file| format!("{folder}{file}")));
    }
    listed
}

/// Every source file of the library that is not a test or a model.
fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    let others = [".", "runtime-macros", "compat/hyper"];
    for folder in CHAIN.iter().copied().chain(others) {
        let start = root().join(folder).join("src");
        collect(&start, &mut sources);
    }
    assert!(sources.len() > 50, "the sources are missing");
    sources
}

fn collect(folder: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a source folder is readable") {
        let path = entry.expect("a folder entry").path();
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if ["test", "tests", "model", "models"].contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(Source {
                path: from_root(&path),
                code: code(&read(&path)),
            });
        }
    }
}

/// The text without comments and without the module of tests at its end.
fn code(text: &str) -> String {
    let library = text
        .lines()
        .take_while(|line| !line.starts_with("mod tests {"));
    let lines = library.filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

fn from_root(path: &Path) -> String {
    let path = path.strip_prefix(root()).expect("it is below the root");
    path.to_string_lossy()
        .trim_start_matches("./")
        .replace('\\', "/")
}

fn architecture() -> String {
    read(&root().join("ARCHITECTURE.md"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
