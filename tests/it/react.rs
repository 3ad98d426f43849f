//! Area `react`.
