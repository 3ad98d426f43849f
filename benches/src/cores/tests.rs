use super::*;

fn outcome(workers: usize, rule: Rule, load: Load) -> Outcome {
    Model::new(workers, rule, Costs::default(), load).run()
}

#[test]
fn whatever_comes_is_done_by_any_number_of_workers() {
    for load in Load::all() {
        let tasks = outcome(1, Rule::Heist, load).tasks;
        assert!(tasks >= 50, "{load:?}");
        for workers in [1, 3, 8] {
            let all = match load {
                Load::Bursts | Load::Pipeline => tasks,
                _ => tasks * workers,
            };
            for rule in [Rule::Heist, Rule::Eager] {
                let done = outcome(workers, rule, load).tasks;
                assert_eq!(done, all, "{load:?} {rule:?} {workers}");
            }
        }
    }
}

#[test]
fn one_worker_needs_as_long_as_the_work_and_a_little_more() {
    let each = 20_000;
    let alone = outcome(1, Rule::Heist, Load::Independent(each));
    let ideal = 1e6 / each as f64;
    assert!(
        (0.9..1.0).contains(&(alone.tasks_per_ms() / ideal)),
        "{alone:?}"
    );
    assert_eq!((alone.wakes, alone.steals), (0, 0));
}

#[test]
fn long_tasks_are_shared_among_all_workers() {
    for rule in [Rule::Heist, Rule::Eager] {
        let few = outcome(2, rule, Load::Independent(200_000)).tasks_per_ms();
        let many = outcome(16, rule, Load::Independent(200_000)).tasks_per_ms();
        assert!(many > 4.0 * few, "{rule:?}: {few} and {many}");
    }
}

#[test]
fn a_dearer_wake_up_is_seen() {
    let dear = Costs::default()
        .with(&"rise=250000".to_owned())
        .expect("a cost");
    let cheap = outcome(4, Rule::Eager, Load::Bursts);
    let late = Model::new(4, Rule::Eager, dear, Load::Bursts).run();
    assert!(late.p99_micros() > cheap.p99_micros());
}

#[test]
fn a_cost_that_does_not_exist_is_refused_with_those_that_do() {
    let refusal = costs(&["rice=1".to_owned()]).expect_err("no cost");
    assert!(refusal.contains("rise=25000"), "{refusal}");
    assert!(costs(&["rise".to_owned()]).is_err());
    assert!(costs(&["rise=x".to_owned()]).is_err());
}
