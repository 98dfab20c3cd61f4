//! The paper's experiments at toy size, each to its table beside the paper's numbers.

use std::fs;
use std::path::Path;

use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use spherecheck::result::{Beside, Quantity, Zoo};
use tempfile::TempDir;

use super::train::depths::scenes;
use super::train::support::{run, zoo};

fn numbers(zoo: &Zoo) -> &[Beside] {
    &zoo.paper
        .as_ref()
        .expect("an experiment of the paper")
        .numbers
}

/// STL-10's binary files: bytes of 96 x 96, column after column, classes from 1 to 10; a class is a shade and a stripe.
fn stl10(folder: &Path) {
    let picture = |class: usize, k: usize| -> Vec<u8> {
        let plane = |channel: usize| {
            (0..96 * 96).map(move |at| {
                let (column, row) = (at / 96, at % 96);
                let stripe = (column / 8 + k) % 10 == class || row / 10 == class;
                (20 * class + 30 * usize::from(stripe) + 7 * channel + (at * (k + 3)) % 23) as u8
            })
        };
        (0..3).flat_map(plane).collect()
    };
    let set = |count: usize, from: usize| -> (Vec<u8>, Vec<u8>) {
        let pictures = (0..count).flat_map(|k| picture(k % 10, k + from));
        let classes = (0..count).map(|k| (k % 10) as u8 + 1);
        (pictures.collect(), classes.collect())
    };
    fs::create_dir_all(folder).expect("a folder");
    let write = |name: &str, bytes: Vec<u8>| fs::write(folder.join(name), bytes).expect(name);
    let (images, classes) = set(40, 0);
    write("train_X.bin", images);
    write("train_y.bin", classes);
    write("unlabeled_X.bin", set(24, 100).0);
    let (images, classes) = set(20, 200);
    write("test_X.bin", images);
    write("test_y.bin", classes);
}

#[test]
fn stl10_fills_the_four_columns_of_table_1_and_learns_from_unlabelled_images_too() {
    let desk = TempDir::new().expect("a temporary directory");
    stl10(&desk.path().join("stl10_binary"));
    let line = "train --preset stl10 --recipe desk --data stl10_binary --epochs 1 --width 4 --batch 32 --out table";
    run(desk.path(), line)
        .code(0)
        .stdout(contains("hidden, knn{k=5}").and(contains("84.4 %")))
        .stderr(contains("ahead: 3 encoders, 6 steps of").and(contains(" in table")));
    let zoo = zoo(&desk.path().join("table"));
    let paper = zoo.paper.as_ref().expect("an experiment of the paper");
    let data = "stl10, 64 items to learn from and 20 to judge by; the paper: STL-10, 105,000";
    assert!(paper.differs[0].starts_with(data), "{:?}", paper.differs);
    let length = "1 epoch of batches of 32; the paper: 200 epochs of batches of 768";
    assert!(
        paper.differs.iter().any(|d| d == length),
        "{:?}",
        paper.differs
    );
    let all = numbers(&zoo);
    assert_eq!(all.len(), 3 * 4);
    let of: Vec<(&str, Option<f64>)> = all[..4]
        .iter()
        .map(|n| (n.reading.as_str(), n.paper))
        .collect();
    assert_eq!(
        of,
        [
            ("output, adam{epochs=100}", Some(0.8046)),
            ("output, knn{k=5}", Some(0.7875)),
            ("hidden, adam{epochs=100}", Some(0.8389)),
            ("hidden, knn{k=5}", Some(0.7633)),
        ]
    );
    for number in all {
        let [low, high] = number.interval.expect("an interval");
        assert!(
            low <= number.value
                && number.value <= high
                && number.quantity == Some(Quantity::Accuracy)
        );
    }
    // Twenty test items of known class are all that accuracy rests on: none without a label is taken for a class.
    assert!(
        zoo.members
            .iter()
            .all(|m| m.accuracy.expect("labels").n == 20)
    );
    // What is there is not trained again, and its numbers stay beside the paper's.
    let again = run(desk.path(), &format!("{line} --resume")).code(0);
    assert!(!String::from_utf8_lossy(&again.get_output().stderr).contains("ahead"));
    assert_eq!(numbers(&self::zoo(&desk.path().join("table"))), all);
}

/// Two kinds of sentences that words tell apart.
fn task(count: usize) -> String {
    let sentence = |k: usize| match k % 2 {
        0 => format!("1\tthe story of the w{} was good and warm\n", k % 7),
        _ => format!("0\tthe story of the w{} was bad and cold\n", k % 5),
    };
    (0..count).map(sentence).collect()
}

#[test]
fn bookcorpus_stands_beside_a_bag_of_words_and_an_untrained_encoder() {
    let desk = TempDir::new().expect("a temporary directory");
    let book = |from: usize| -> String {
        let line = |k| {
            format!(
                "the w{} was good or bad or warm in book {from}\n",
                (k * from) % 11
            )
        };
        (0..40).map(line).collect()
    };
    let books: Vec<String> = (1..4).map(book).collect();
    fs::write(desk.path().join("books.txt"), books.join("\n")).expect("books");
    fs::write(desk.path().join("mr.tsv"), task(60)).expect("mr");
    fs::write(desk.path().join("cr.tsv"), task(44)).expect("cr");
    let line = "train --preset bookcorpus --data books.txt --epochs 1 --width 6 --dim 8 --batch 20 --out text";
    run(desk.path(), line)
        .code(2)
        .stdout(is_empty())
        .stderr(contains("--tasks mr.tsv,cr.tsv"));
    run(desk.path(), &format!("{line} --tasks mr.tsv,cr.tsv"))
        .code(0)
        .stdout(contains("bag of words").and(contains("77.5 %")))
        .stderr(contains("borders between 3 books"));
    let zoo = zoo(&desk.path().join("text"));
    let names: Vec<&str> = zoo.members.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "untrained",
            "contrastive-0.075",
            "contrastive-0.05",
            "align-uniform"
        ]
    );
    let all = numbers(&zoo);
    assert_eq!(all.len(), 5 * 2, "mr and cr of four encoders and of counts");
    let bag: Vec<&Beside> = all.iter().filter(|n| n.encoder == "bag of words").collect();
    assert!(
        bag.iter().all(|n| n.value == 1.0),
        "words tell all: {bag:?}"
    );
    let papers = |name: &str| -> Vec<Option<f64>> {
        let of = all.iter().filter(|n| n.encoder == name);
        of.map(|n| n.paper).collect()
    };
    assert_eq!(papers("contrastive-0.075"), [Some(0.7751), None]);
    assert_eq!(papers("contrastive-0.05"), [None, Some(0.8386)]);
    assert_eq!(papers("align-uniform"), [Some(0.7376), Some(0.8095)]);
}

#[test]
fn a_damaged_task_is_refused_with_its_line() {
    let desk = TempDir::new().expect("a temporary directory");
    let lines: String = (0..30).map(|k| format!("word{k} of a book\n")).collect();
    fs::write(desk.path().join("books.txt"), lines).expect("books");
    let line = "train --preset bookcorpus --data books.txt --tasks mr.tsv --out text";
    for (text, said) in [
        (
            "1\tgood\n\n0\tbad\n",
            "mr.tsv: line 2: expected a label, a tab, a sentence",
        ),
        (
            "1\tgood\n0 bad\n",
            "mr.tsv: line 2: expected a label, a tab, a sentence, found \"0 bad\"",
        ),
    ] {
        fs::write(desk.path().join("mr.tsv"), text).expect("mr");
        run(desk.path(), line)
            .code(2)
            .stdout(is_empty())
            .stderr(contains(said));
    }
}

#[test]
fn depth_is_read_from_convolutions_by_two_heads() {
    let desk = TempDir::new().expect("a temporary directory");
    scenes(&desk.path().join("scenes"), 40);
    let line =
        "train --preset depth --data scenes --epochs 1 --width 4 --batch 16 --size 16 --out depth";
    run(desk.path(), line).code(0).stdout(
        contains("conv3, transposed")
            .and(contains("0.7014"))
            .and(contains("baseline")),
    );
    let zoo = zoo(&desk.path().join("depth"));
    let all = numbers(&zoo);
    assert_eq!(all.len(), 3 * 4 + 1);
    let value = |encoder: &str, reading: &str| {
        let mut of = all.iter();
        let found = of.find(|n| n.encoder == encoder && n.reading == reading);
        found
            .unwrap_or_else(|| panic!("{encoder}, {reading}: {all:?}"))
            .value
    };
    let always = value("baseline", "mean of the depths learned from");
    for encoder in ["random", "contrastive", "align-uniform"] {
        // Brightness tells depth here, to whoever learns at all.
        for reading in [
            "conv3, 1 x 1",
            "conv2, 1 x 1",
            "conv3, transposed",
            "conv2, transposed",
        ] {
            let found = value(encoder, reading);
            assert!(
                found > 0.0 && found < always,
                "{encoder}, {reading}: {found}, always {always}"
            );
        }
    }
    assert!(
        zoo.members.iter().all(|m| m.accuracy.is_none()),
        "an error is no share"
    );
}

#[test]
fn finetuning_leaves_a_mark_at_each_leg_and_three_panels() {
    let desk = TempDir::new().expect("a temporary directory");
    let line = "train --preset finetune --epochs 10 --width 16 --out tuned";
    run(desk.path(), line).code(0).stdout(contains("figure 8"));
    let folder = desk.path().join("tuned");
    let zoo = zoo(&folder);
    assert_eq!(zoo.members.len(), 16);
    assert_eq!(
        folder.join("finetune.png").is_file(),
        cfg!(feature = "plots")
    );
    let member = |name: &str| zoo.members.iter().find(|m| m.name == name).expect(name);
    // Alignment alone draws all together, uniformity alone pushes apart.
    let poor = member("poor");
    assert!(member("align-5").alignment < poor.alignment);
    assert!(member("uniform-5").uniformity < poor.uniformity);
    let epochs: Vec<u64> = zoo
        .members
        .iter()
        .filter_map(|m| Some(m.along.as_ref()?.epochs))
        .collect();
    assert_eq!(epochs, [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
    assert!(zoo.over_seeds().is_empty(), "marks of a run are no seeds");
}

#[test]
fn recipes_belong_where_they_are_of_use() {
    let desk = TempDir::new().expect("a temporary directory");
    for (line, said) in [
        ("train --recipe desk", "--recipe desk belongs to a --preset"),
        (
            "train --preset circle --recipe cifar10 --data x",
            "--recipe cifar10 is of one encoder: with --preset circle give --recipe paper or desk",
        ),
        ("train --preset circle --recipe paper", "--data <DATA>"),
        ("train --preset depth", "digits: there are no depths"),
        (
            "train --tasks x.tsv",
            "--tasks belongs to --preset bookcorpus",
        ),
        (
            "train --preset bookcorpus --tasks x.tsv",
            "the experiment is one of text",
        ),
        // The paper's plan is what is checked: 256 negatives need a batch of more.
        (
            "train --preset circle --recipe paper --data digits --batch 200",
            "negatives: expected 1 to 199",
        ),
    ] {
        run(desk.path(), line)
            .code(2)
            .stdout(is_empty())
            .stderr(contains(said));
    }
}
