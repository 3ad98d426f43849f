//! Tasks: what their handles say, where and when their futures are dropped, wakers, panics. Rows TASK-01 to TASK-18.

mod auto_traits;
mod collections;
mod drops;
mod handles;
mod join_set;
mod local;
mod local_runtime;
mod names;
mod races;
mod rules;
mod task_local;
mod tracker;
mod wakers;
