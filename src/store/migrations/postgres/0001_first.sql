-- Times are Unix microseconds. `body` is a notice as JSON. Ids are compared byte by byte, whatever the locale.

CREATE TABLE meta (
    name  text PRIMARY KEY,
    value bytea NOT NULL
);

-- Announcement numbers come from a row and not from a sequence: the row stays locked until the commit, so numbers
-- become visible in their order, and `receivers.since` can rely on them.
CREATE TABLE counters (
    name  text PRIMARY KEY,
    value bigint NOT NULL
);
INSERT INTO counters (name, value) VALUES ('announcements', 0);

CREATE TABLE sources (
    id            text COLLATE "C" PRIMARY KEY,
    next_poll     bigint NOT NULL,
    fence         bigint NOT NULL DEFAULT 0,
    leased_until  bigint,
    version       bigint NOT NULL DEFAULT 0,
    notices       bigint NOT NULL DEFAULT 0,
    etag          text,
    last_modified text,
    last_poll     bigint,
    last_good     bigint,
    last_new      bigint,
    failures      bigint NOT NULL DEFAULT 0,
    last_error    text,
    health        text NOT NULL DEFAULT 'new',
    baseline_done boolean NOT NULL DEFAULT false,
    wait          bigint NOT NULL DEFAULT 0,
    waiting       text NOT NULL DEFAULT '{}',
    gone          bigint NOT NULL DEFAULT 0,
    last_full     bigint,
    definition    text,
    rhythm        bytea NOT NULL DEFAULT '',
    moved         text,
    last_answer   text,
    last_rows     bytea NOT NULL DEFAULT '',
    wishes        text NOT NULL DEFAULT '{}',
    hub           text,
    recognised    text,
    articles_due  bigint,
    -- When it may be leased next.
    due           bigint GENERATED ALWAYS AS (greatest(next_poll, leased_until)) STORED
) WITH (fillfactor = 70);
CREATE INDEX sources_due ON sources (due, id);
CREATE INDEX sources_hub ON sources (id) WHERE hub IS NOT NULL;
CREATE INDEX sources_unwell ON sources (health, id) WHERE health <> 'ok';

-- Our subscriptions at hubs that push sources' feeds: `body` as JSON. A source has one that is not being left.
CREATE TABLE upstreams (
    token   text COLLATE "C" PRIMARY KEY,
    source  text COLLATE "C" NOT NULL,
    leaving boolean NOT NULL,
    due     bigint NOT NULL,
    version bigint NOT NULL,
    body    text NOT NULL
);
CREATE UNIQUE INDEX upstreams_current ON upstreams (source) WHERE NOT leaving;
CREATE INDEX upstreams_due ON upstreams (due);

-- What hubs have pushed and no poll has read yet.
CREATE TABLE pushes (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source       text COLLATE "C" NOT NULL,
    at           bigint NOT NULL,
    content_type text,
    body         bytea NOT NULL
);
CREATE INDEX pushes_source ON pushes (source, seq);

-- What changes often (views, pins) is kept apart from the texts, so that a counter rewrites few bytes.
CREATE TABLE notices (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id           bytea NOT NULL UNIQUE,
    source       text COLLATE "C" NOT NULL,
    sort         bigint NOT NULL,
    first_seen   bigint NOT NULL,
    -- Days since 1970 of its publication, else of its first sight.
    day          bigint NOT NULL,
    revision     bigint NOT NULL,
    revised      bigint NOT NULL,
    withdrawn    bigint,
    fingerprint  bytea NOT NULL,
    row          bytea NOT NULL,
    article_read bigint,
    has_content  boolean NOT NULL,
    published    text,
    views        bigint,
    pinned       boolean NOT NULL,
    -- So many polls running it was not where it should be seen.
    missing      bigint NOT NULL DEFAULT 0
);
CREATE INDEX notices_newest ON notices (source, sort DESC, seq DESC);
-- What came when, which pages of feeds' pasts show.
CREATE INDEX notices_seen ON notices (source, first_seen);
-- Those whose day is far from their place.
CREATE INDEX notices_early ON notices (day, sort) WHERE day * 86400000000 < sort - 172800000000;
CREATE INDEX notices_late ON notices (day, sort) WHERE day * 86400000000 > sort + 172800000000;
CREATE INDEX notices_corrected ON notices (source, revised) WHERE revision > 1;
CREATE INDEX notices_missing ON notices (source) WHERE missing > 0;

-- Ids under which a source shows notices that have others here: one for each notice, the newest.
CREATE TABLE aliases (
    alias  bytea PRIMARY KEY,
    notice bytea NOT NULL UNIQUE
);

-- What sources were called, and what they are called now.
CREATE TABLE renamed (
    old text COLLATE "C" PRIMARY KEY,
    new text COLLATE "C" NOT NULL
);

-- Every version of every notice, the newest included.
CREATE TABLE revisions (
    notice   bigint NOT NULL,
    revision bigint NOT NULL,
    seen     bigint NOT NULL,
    body     text NOT NULL,
    PRIMARY KEY (notice, revision)
);
CREATE INDEX revisions_later ON revisions (seen) WHERE revision > 1;

-- What people search for, by the place of a notice (see `Place`). Tokens are made by the program and kept as they are.
CREATE TABLE words (
    place  bigint PRIMARY KEY,
    tokens tsvector NOT NULL
);
CREATE INDEX words_tokens ON words USING gin (tokens);

-- `configured`: the configuration names it. `resumes`: when a pause ends.
CREATE TABLE receivers (
    id         text COLLATE "C" PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    since      bigint NOT NULL,
    stopped    text,
    stopped_at bigint,
    configured boolean NOT NULL DEFAULT false,
    resumes    bigint,
    receiver   text NOT NULL
);
CREATE INDEX receivers_configured ON receivers (id) WHERE configured;
CREATE INDEX receivers_stopped ON receivers (stopped) WHERE stopped IS NOT NULL;

-- What somebody asked for and nobody has confirmed: `body` as JSON; none where a link was asked for. `address` stands for the address.
CREATE TABLE requests (
    id         text COLLATE "C" PRIMARY KEY,
    receiver   text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    address    bytea NOT NULL,
    at         bigint NOT NULL,
    body       text
);
CREATE INDEX requests_at ON requests (at);
CREATE INDEX requests_address ON requests (address);

-- The mails of the last day that nobody but a stranger asked for. `mailbox` stands for a mailbox.
CREATE TABLE asked_mails (
    at      bigint NOT NULL,
    mailbox bytea NOT NULL,
    domain  text NOT NULL,
    network text
);
CREATE INDEX asked_mails_mailbox ON asked_mails (mailbox, at);
CREATE INDEX asked_mails_at ON asked_mails (at);

-- What stands for addresses that must never be written to again.
CREATE TABLE never_again (
    address bytea PRIMARY KEY
);

-- Rows end with their fan-out.
CREATE TABLE announcements (
    seq          bigint PRIMARY KEY,
    source       text COLLATE "C" NOT NULL,
    notice       bytea,
    revision     bigint,
    incident     text,
    held         boolean NOT NULL,
    after        text COLLATE "C",
    fence        bigint NOT NULL DEFAULT 0,
    leased_until bigint NOT NULL DEFAULT 0,
    UNIQUE (notice, revision),
    CHECK ((incident IS NULL) = (notice IS NOT NULL AND revision IS NOT NULL))
);
CREATE INDEX announcements_open ON announcements (seq) WHERE NOT held;
CREATE INDEX announcements_held ON announcements (source) WHERE held;

-- `at`: when a queued one is due, when the lease of a leased one ends, when any other ended.
CREATE TABLE deliveries (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane      text NOT NULL,
    receiver  text COLLATE "C" NOT NULL,
    -- The domain of a mail address, the id of a webhook.
    destination text COLLATE "C" NOT NULL,
    key       text COLLATE "C" NOT NULL,
    occasion  text NOT NULL,
    state     text NOT NULL,
    at        bigint NOT NULL,
    queued    bigint NOT NULL,
    attempts  bigint NOT NULL DEFAULT 0,
    ambiguous bigint NOT NULL DEFAULT 0,
    fence     bigint NOT NULL DEFAULT 0,
    why       text,
    -- Either what is sent, or the words (JSON) that a stencil is filled with.
    rendered  bytea,
    stencil   bigint,
    UNIQUE (receiver, key)
);
CREATE INDEX deliveries_waiting ON deliveries (lane, at, id, destination) WHERE state IN ('queued', 'leased');
CREATE INDEX deliveries_ambiguous ON deliveries (ambiguous) WHERE ambiguous > 0;
CREATE INDEX deliveries_state ON deliveries (state, id);

-- What deliveries between `first` and `last` have in common (JSON).
CREATE TABLE stencils (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first bigint NOT NULL,
    last  bigint NOT NULL,
    body  text NOT NULL
);

-- What is asked of our hub and not yet verified; `tries` and `version` count looks at it.
CREATE TABLE hub_intents (
    id       text COLLATE "C" PRIMARY KEY,
    host     text NOT NULL,
    callback text NOT NULL,
    due      bigint NOT NULL,
    tries    bigint NOT NULL,
    version  bigint NOT NULL,
    body     text NOT NULL
);
CREATE INDEX hub_intents_due ON hub_intents (due);
CREATE INDEX hub_intents_host ON hub_intents (host);

-- When callbacks were asked whether they mean it, in the last hour.
CREATE TABLE hub_checks (
    callback text NOT NULL,
    host     text NOT NULL,
    at       bigint NOT NULL
);
CREATE INDEX hub_checks_host ON hub_checks (host, at);
CREATE INDEX hub_checks_at ON hub_checks (at);

-- Who is told of our feeds.
CREATE TABLE hub_subscriptions (
    id       text COLLATE "C" PRIMARY KEY,
    host     text NOT NULL,
    callback text NOT NULL,
    topic    text NOT NULL,
    secret   text,
    until    bigint NOT NULL
);
CREATE INDEX hub_subscriptions_topic ON hub_subscriptions (topic, until);
CREATE INDEX hub_subscriptions_host ON hub_subscriptions (host);
CREATE INDEX hub_subscriptions_until ON hub_subscriptions (until);

-- The version of a feed that was distributed last.
CREATE TABLE hub_topics (
    topic   text PRIMARY KEY,
    version bigint NOT NULL
);

-- What came back of mails. One delivery counts once for each kind of blame; `forgiven` since its receiver was resumed.
CREATE TABLE strikes (
    delivery bigint NOT NULL,
    blame    text NOT NULL,
    receiver text COLLATE "C" NOT NULL,
    at       bigint NOT NULL,
    why      text NOT NULL,
    forgiven boolean NOT NULL DEFAULT false,
    PRIMARY KEY (delivery, blame)
);
CREATE INDEX strikes_receiver ON strikes (receiver, at) WHERE NOT forgiven;

CREATE TABLE delivery_subjects (
    seq      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery bigint NOT NULL,
    notice   bytea NOT NULL,
    revision bigint NOT NULL,
    UNIQUE (delivery, notice, revision)
);
