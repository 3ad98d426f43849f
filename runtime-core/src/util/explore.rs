//! How a model is explored.

/// Explores a model with as many preemptions as the environment says, and two if it says nothing.
pub(crate) fn explore(model: impl Fn() + Send + Sync + 'static) {
    explore_with(2, model);
}

/// Explores a model that is small enough for more preemptions, and does not find its mistakes with less.
pub(crate) fn explore_with(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.max(Some(preemptions));
    builder.check(model);
}
