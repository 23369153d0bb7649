-- Times are Unix microseconds. `body` is a notice as JSON.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sources (
    id            TEXT PRIMARY KEY,
    next_poll     INTEGER NOT NULL,
    fence         INTEGER NOT NULL DEFAULT 0,
    leased_until  INTEGER,
    version       INTEGER NOT NULL DEFAULT 0,
    notices       INTEGER NOT NULL DEFAULT 0,
    etag          TEXT,
    last_modified TEXT,
    last_poll     INTEGER,
    last_good     INTEGER,
    last_new      INTEGER,
    failures      INTEGER NOT NULL DEFAULT 0,
    last_error    TEXT,
    health        TEXT NOT NULL DEFAULT 'new',
    baseline_done INTEGER NOT NULL DEFAULT 0,
    wait          INTEGER NOT NULL DEFAULT 0,
    waiting       TEXT NOT NULL DEFAULT '{}',
    gone          INTEGER NOT NULL DEFAULT 0,
    last_full     INTEGER,
    definition    TEXT,
    rhythm        BLOB NOT NULL DEFAULT x'',
    moved         TEXT,
    last_answer   TEXT,
    last_rows     BLOB NOT NULL DEFAULT x'',
    wishes        TEXT NOT NULL DEFAULT '{}',
    hub           TEXT,
    recognised    TEXT,
    articles_due  INTEGER,
    -- When it may be leased next.
    due           INTEGER GENERATED ALWAYS AS (max(next_poll, coalesce(leased_until, next_poll))) VIRTUAL
) STRICT;
CREATE INDEX sources_due ON sources (due, id);
CREATE INDEX sources_hub ON sources (id) WHERE hub IS NOT NULL;
CREATE INDEX sources_unwell ON sources (health, id) WHERE health <> 'ok';

-- Our subscriptions at hubs that push sources' feeds: `body` as JSON. A source has one that is not being left.
CREATE TABLE upstreams (
    token   TEXT PRIMARY KEY,
    source  TEXT NOT NULL,
    leaving INTEGER NOT NULL,
    due     INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX upstreams_current ON upstreams (source) WHERE leaving = 0;
CREATE INDEX upstreams_due ON upstreams (due);

-- What hubs have pushed and no poll has read yet.
CREATE TABLE pushes (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    source       TEXT NOT NULL,
    at           INTEGER NOT NULL,
    content_type TEXT,
    body         BLOB NOT NULL
) STRICT;
CREATE INDEX pushes_source ON pushes (source, seq);

-- What changes often (views, pins) is kept apart from the texts, so that a counter rewrites few bytes.
CREATE TABLE notices (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           BLOB NOT NULL UNIQUE,
    source       TEXT NOT NULL,
    sort         INTEGER NOT NULL,
    first_seen   INTEGER NOT NULL,
    -- Days since 1970 of its publication, else of its first sight.
    day          INTEGER NOT NULL,
    revision     INTEGER NOT NULL,
    revised      INTEGER NOT NULL,
    withdrawn    INTEGER,
    fingerprint  BLOB NOT NULL,
    row          BLOB NOT NULL,
    article_read INTEGER,
    has_content  INTEGER NOT NULL,
    published    TEXT,
    views        INTEGER,
    pinned       INTEGER NOT NULL,
    -- So many polls running it was not where it should be seen.
    missing      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX notices_newest ON notices (source, sort, seq);
-- What came when, which pages of feeds' pasts show.
CREATE INDEX notices_seen ON notices (source, first_seen);
-- Those whose day is far from their place.
CREATE INDEX notices_early ON notices (day, sort) WHERE day * 86400000000 < sort - 172800000000;
CREATE INDEX notices_late ON notices (day, sort) WHERE day * 86400000000 > sort + 172800000000;
CREATE INDEX notices_corrected ON notices (source, revised) WHERE revision > 1;
CREATE INDEX notices_missing ON notices (source) WHERE missing > 0;

-- Ids under which a source shows notices that have others here: one for each notice, the newest.
CREATE TABLE aliases (
    alias  BLOB PRIMARY KEY,
    notice BLOB NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;

-- What sources were called, and what they are called now.
CREATE TABLE renamed (
    old TEXT PRIMARY KEY,
    new TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every version of every notice, the newest included.
CREATE TABLE revisions (
    notice   INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    seen     INTEGER NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (notice, revision)
) STRICT;
CREATE INDEX revisions_later ON revisions (seen) WHERE revision > 1;

-- What people search for, by the place of a notice (see `Place`). Tokens are made by the program and kept as they are.
CREATE VIRTUAL TABLE words USING fts5(tokens, content = '', contentless_delete = 1, tokenize = 'ascii');

-- `configured`: the configuration names it. `resumes`: when a pause ends.
CREATE TABLE receivers (
    id         TEXT PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    since      INTEGER NOT NULL,
    stopped    TEXT,
    stopped_at INTEGER,
    configured INTEGER NOT NULL DEFAULT 0,
    resumes    INTEGER,
    receiver   TEXT NOT NULL
) STRICT;
CREATE INDEX receivers_configured ON receivers (id) WHERE configured = 1;
CREATE INDEX receivers_stopped ON receivers (stopped) WHERE stopped IS NOT NULL;

-- What somebody asked for and nobody has confirmed: `body` as JSON; none where a link was asked for. `address` stands for the address.
CREATE TABLE requests (
    id         TEXT PRIMARY KEY,
    receiver   TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    address    BLOB NOT NULL,
    at         INTEGER NOT NULL,
    body       TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX requests_at ON requests (at);
CREATE INDEX requests_address ON requests (address);

-- The mails of the last day that nobody but a stranger asked for. `mailbox` stands for a mailbox.
CREATE TABLE asked_mails (
    at      INTEGER NOT NULL,
    mailbox BLOB NOT NULL,
    domain  TEXT NOT NULL,
    network TEXT
) STRICT;
CREATE INDEX asked_mails_mailbox ON asked_mails (mailbox, at);
CREATE INDEX asked_mails_at ON asked_mails (at);

-- What stands for addresses that must never be written to again.
CREATE TABLE never_again (
    address BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Of a notice in a revision, or of an incident (JSON). Rows end with their fan-out. AUTOINCREMENT: `receivers.since` relies on numbers that are never given twice.
CREATE TABLE announcements (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    source       TEXT NOT NULL,
    notice       BLOB,
    revision     INTEGER,
    incident     TEXT,
    held         INTEGER NOT NULL,
    after        TEXT,
    fence        INTEGER NOT NULL DEFAULT 0,
    leased_until INTEGER NOT NULL DEFAULT 0,
    UNIQUE (notice, revision),
    CHECK ((incident IS NULL) = (notice IS NOT NULL AND revision IS NOT NULL))
) STRICT;
CREATE INDEX announcements_open ON announcements (seq) WHERE held = 0;
CREATE INDEX announcements_held ON announcements (source) WHERE held = 1;

-- `at`: when a queued one is due, when the lease of a leased one ends, when any other ended.
CREATE TABLE deliveries (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    lane      TEXT NOT NULL,
    receiver  TEXT NOT NULL,
    -- The domain of a mail address, the id of a webhook.
    destination TEXT NOT NULL,
    key       TEXT NOT NULL,
    occasion  TEXT NOT NULL,
    state     TEXT NOT NULL,
    at        INTEGER NOT NULL,
    queued    INTEGER NOT NULL,
    attempts  INTEGER NOT NULL DEFAULT 0,
    ambiguous INTEGER NOT NULL DEFAULT 0,
    fence     INTEGER NOT NULL DEFAULT 0,
    why       TEXT,
    -- Either what is sent, or the words (JSON) that a stencil is filled with.
    rendered  BLOB,
    stencil   INTEGER,
    UNIQUE (receiver, key)
) STRICT;
CREATE INDEX deliveries_waiting ON deliveries (lane, at, id, destination) WHERE state IN ('queued', 'leased');
CREATE INDEX deliveries_ambiguous ON deliveries (ambiguous) WHERE ambiguous > 0;
CREATE INDEX deliveries_state ON deliveries (state, id);

-- What deliveries between `first` and `last` have in common (JSON). No number is given twice.
CREATE TABLE stencils (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    first INTEGER NOT NULL,
    last  INTEGER NOT NULL,
    body  TEXT NOT NULL
) STRICT;

-- What is asked of our hub and not yet verified; `tries` and `version` count looks at it.
CREATE TABLE hub_intents (
    id       TEXT PRIMARY KEY,
    host     TEXT NOT NULL,
    callback TEXT NOT NULL,
    due      INTEGER NOT NULL,
    tries    INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    body     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX hub_intents_due ON hub_intents (due);
CREATE INDEX hub_intents_host ON hub_intents (host);

-- When callbacks were asked whether they mean it, in the last hour.
CREATE TABLE hub_checks (
    callback TEXT NOT NULL,
    host     TEXT NOT NULL,
    at       INTEGER NOT NULL
) STRICT;
CREATE INDEX hub_checks_host ON hub_checks (host, at);
CREATE INDEX hub_checks_at ON hub_checks (at);

-- Who is told of our feeds.
CREATE TABLE hub_subscriptions (
    id       TEXT PRIMARY KEY,
    host     TEXT NOT NULL,
    callback TEXT NOT NULL,
    topic    TEXT NOT NULL,
    secret   TEXT,
    until    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX hub_subscriptions_topic ON hub_subscriptions (topic, until);
CREATE INDEX hub_subscriptions_host ON hub_subscriptions (host);
CREATE INDEX hub_subscriptions_until ON hub_subscriptions (until);

-- The version of a feed that was distributed last.
CREATE TABLE hub_topics (
    topic   TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What came back of mails. One delivery counts once for each kind of blame; `forgiven` since its receiver was resumed.
CREATE TABLE strikes (
    delivery INTEGER NOT NULL,
    blame    TEXT NOT NULL,
    receiver TEXT NOT NULL,
    at       INTEGER NOT NULL,
    why      TEXT NOT NULL,
    forgiven INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (delivery, blame)
) STRICT, WITHOUT ROWID;
CREATE INDEX strikes_receiver ON strikes (receiver, at) WHERE forgiven = 0;

CREATE TABLE delivery_subjects (
    seq      INTEGER PRIMARY KEY,
    delivery INTEGER NOT NULL,
    notice   BLOB NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (delivery, notice, revision)
) STRICT;
