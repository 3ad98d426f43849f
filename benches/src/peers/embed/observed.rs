//! What looks on while a runtime works.

use super::Way;
use ::heist::runtime::Builder;
use std::process;
use std::time::Duration;

const SLOW: Duration = Duration::from_millis(100);

/// Everything off but what `way` is about.
pub(super) fn turn_on(way: Way, builder: &mut Builder) -> &mut Builder {
    builder.debug(false).slow_poll_after(None);
    match way {
        Way::Introspect(_) => {
            let name = format!("heist-bench-{}.sock", process::id());
            builder.introspect(std::env::temp_dir().join(name))
        }
        Way::SlowPolls(_) => builder.slow_poll_after(Some(SLOW)),
        Way::Debug(_) => builder.debug(true).slow_poll_after(Some(SLOW)),
        _ => builder,
    }
}
