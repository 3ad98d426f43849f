//! The methods of `runtime`.

use std::io;
use std::time::Duration;

use heist::runtime;

#[test]
fn builder() {
    methods! {
        fn() -> runtime::Builder = runtime::Builder::new_current_thread;
        fn() -> runtime::Builder = runtime::Builder::new_multi_thread;
        fn(&mut runtime::Builder) -> &mut runtime::Builder = runtime::Builder::enable_all;
        fn(&mut runtime::Builder, usize) -> &mut runtime::Builder = runtime::Builder::worker_threads;
        fn(&mut runtime::Builder, usize) -> &mut runtime::Builder = runtime::Builder::max_blocking_threads;
        fn(&mut runtime::Builder, usize) -> &mut runtime::Builder = runtime::Builder::thread_stack_size;
        fn(&mut runtime::Builder) -> io::Result<runtime::Runtime> = runtime::Builder::build;
        fn(&mut runtime::Builder, runtime::LocalOptions) -> io::Result<runtime::LocalRuntime> = runtime::Builder::build_local;
        fn(&mut runtime::Builder, Duration) -> &mut runtime::Builder = runtime::Builder::thread_keep_alive;
        fn(&mut runtime::Builder, u32) -> &mut runtime::Builder = runtime::Builder::global_queue_interval;
        fn(&mut runtime::Builder, u32) -> &mut runtime::Builder = runtime::Builder::event_interval;
        fn(&mut runtime::Builder) -> &mut runtime::Builder = runtime::Builder::enable_io;
        fn(&mut runtime::Builder, usize) -> &mut runtime::Builder = runtime::Builder::max_io_events_per_tick;
        fn(&mut runtime::Builder, usize) -> &mut runtime::Builder = runtime::Builder::max_io_events_per_busy_tick;
        fn(&mut runtime::Builder) -> &mut runtime::Builder = runtime::Builder::enable_time;
    }
}

#[test]
fn handle() {
    methods! {
        fn(&runtime::Handle) -> runtime::EnterGuard<'_> = runtime::Handle::enter;
        fn() -> runtime::Handle = runtime::Handle::current;
        fn() -> Result<runtime::Handle, runtime::TryCurrentError> = runtime::Handle::try_current;
        fn(&runtime::Handle) -> runtime::RuntimeFlavor = runtime::Handle::runtime_flavor;
        fn(&runtime::Handle) -> runtime::Id = runtime::Handle::id;
        fn(&runtime::Handle) -> Option<&str> = runtime::Handle::name;
        fn(&runtime::Handle) -> runtime::RuntimeMetrics = runtime::Handle::metrics;
    }
}

#[test]
fn local_runtime() {
    methods! {
        fn() -> io::Result<runtime::LocalRuntime> = runtime::LocalRuntime::new;
        fn(&runtime::LocalRuntime) -> &runtime::Handle = runtime::LocalRuntime::handle;
        fn(&runtime::LocalRuntime) -> runtime::EnterGuard<'_> = runtime::LocalRuntime::enter;
        fn(runtime::LocalRuntime, Duration) = runtime::LocalRuntime::shutdown_timeout;
        fn(runtime::LocalRuntime) = runtime::LocalRuntime::shutdown_background;
        fn(&runtime::LocalRuntime) -> runtime::RuntimeMetrics = runtime::LocalRuntime::metrics;
    }
}

#[test]
fn runtime() {
    methods! {
        fn() -> io::Result<runtime::Runtime> = runtime::Runtime::new;
        fn(&runtime::Runtime) -> &runtime::Handle = runtime::Runtime::handle;
        fn(&runtime::Runtime) -> runtime::EnterGuard<'_> = runtime::Runtime::enter;
        fn(runtime::Runtime, Duration) = runtime::Runtime::shutdown_timeout;
        fn(runtime::Runtime) = runtime::Runtime::shutdown_background;
        fn(&runtime::Runtime) -> runtime::RuntimeMetrics = runtime::Runtime::metrics;
    }
}

#[test]
fn runtime_metrics() {
    methods! {
        fn(&runtime::RuntimeMetrics) -> usize = runtime::RuntimeMetrics::num_workers;
        fn(&runtime::RuntimeMetrics) -> usize = runtime::RuntimeMetrics::num_alive_tasks;
        fn(&runtime::RuntimeMetrics) -> usize = runtime::RuntimeMetrics::global_queue_depth;
        fn(&runtime::RuntimeMetrics, usize) -> Duration = runtime::RuntimeMetrics::worker_total_busy_duration;
        fn(&runtime::RuntimeMetrics, usize) -> u64 = runtime::RuntimeMetrics::worker_park_count;
        fn(&runtime::RuntimeMetrics, usize) -> u64 = runtime::RuntimeMetrics::worker_park_unpark_count;
    }
}

#[test]
fn try_current_error() {
    methods! {
        fn(&runtime::TryCurrentError) -> bool = runtime::TryCurrentError::is_missing_context;
        fn(&runtime::TryCurrentError) -> bool = runtime::TryCurrentError::is_thread_local_destroyed;
    }
}
