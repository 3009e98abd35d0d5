"""What every companion does alike: encode, redact, keep a bounded log, name sessions without their keys."""
