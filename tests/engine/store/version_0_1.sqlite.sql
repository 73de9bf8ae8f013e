-- The tables of version 0.1, as it made them.

CREATE TABLE changes (
    "key" VARCHAR(160) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    entity_type VARCHAR(64) NOT NULL,
    entity_id VARCHAR(64) NOT NULL,
    project_id VARCHAR(64),
    at FLOAT NOT NULL,
    "by" JSON,
    status TEXT,
    from_status TEXT,
    heard BOOLEAN DEFAULT 0 NOT NULL,
    PRIMARY KEY ("key")
);

CREATE INDEX changes_at ON changes (at);

CREATE INDEX changes_heard ON changes (heard) WHERE heard;

CREATE TABLE cursors (
    feed VARCHAR(80) NOT NULL,
    at FLOAT NOT NULL,
    PRIMARY KEY (feed)
);

CREATE TABLE lanes (
    automation VARCHAR(100) NOT NULL,
    lane VARCHAR(160) NOT NULL,
    owner VARCHAR(64),
    epoch INTEGER DEFAULT '0' NOT NULL,
    lease_until FLOAT DEFAULT '0' NOT NULL,
    PRIMARY KEY (automation, lane)
);

CREATE TABLE servers (
    id VARCHAR(64) NOT NULL,
    hub VARCHAR(16) NOT NULL,
    seen FLOAT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE runs (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    change_key VARCHAR(160) NOT NULL,
    automation VARCHAR(100) NOT NULL,
    lane VARCHAR(160) NOT NULL,
    project TEXT,
    entity_type VARCHAR(64) NOT NULL,
    entity_id VARCHAR(64) NOT NULL,
    entity_name TEXT DEFAULT '' NOT NULL,
    entity_parent TEXT,
    at FLOAT NOT NULL,
    state VARCHAR(8) NOT NULL,
    due FLOAT DEFAULT '0' NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    first_tried FLOAT,
    finished FLOAT,
    "plan" JSON,
    effects JSON,
    summary TEXT DEFAULT '' NOT NULL,
    error TEXT,
    arguments JSON,
    checkpoints JSON,
    ftrack_job_id VARCHAR(64),
    user JSON,
    cancelled BOOLEAN DEFAULT 0 NOT NULL,
    CONSTRAINT runs_once UNIQUE (change_key, automation),
    FOREIGN KEY(change_key) REFERENCES changes ("key")
);

CREATE INDEX runs_entity ON runs (entity_id);

CREATE INDEX runs_finished ON runs (finished);

CREATE INDEX runs_open ON runs (automation, lane, entity_id, at, id) WHERE state IN ('waiting', 'running');

CREATE INDEX runs_state ON runs (state, id);

CREATE TABLE sent (
    run_id INTEGER NOT NULL,
    message VARCHAR(200) NOT NULL,
    at FLOAT NOT NULL,
    PRIMARY KEY (run_id, message),
    FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
