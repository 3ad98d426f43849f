//! The facade as users see it. One binary; one module per area; each test that concerns a row of the reliability catalogue bears its id.

mod support;

mod auto_traits;
mod auto_traits_runtime;
mod down;
mod embed;
mod event_loop;
#[cfg(unix)]
mod introspect;
mod macros;
mod misuse;
mod model;
mod park;
mod pool;
mod queue;
mod react;
mod rt;
mod stream;
mod stream_time;
mod surface;
mod task;
mod testing;
mod time;
mod time_rules;
