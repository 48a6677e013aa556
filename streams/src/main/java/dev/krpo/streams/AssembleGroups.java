package dev.krpo.streams;

import dev.krpo.schemas.serde.EncodedRollout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Holds back the members of a group until all are there or the group timeout has passed, and hands them on ordered by index.
 * Groups of one pass at once. Each member is written once and read once, whatever the group's size.
 */
final class AssembleGroups extends RefusingProcessor<String, List<SourcedRollout>> {

    private static final StringSerializer KEYS = new StringSerializer();
    private static final Duration SHORTEST_CHECK = Duration.ofMillis(10);
    private static final int CHECKS_PER_TIMEOUT = 4;

    private final GroupRules rules;
    private final StreamsSettings settings;
    private KeyValueStore<String, OpenGroup> open;
    private KeyValueStore<String, SourcedRollout> members;
    private RecentIds closed;
    private RecentIds seen;

    AssembleGroups(String sourceTopic, GroupRules rules, StreamsSettings settings) {
        super(sourceTopic);
        this.rules = rules;
        this.settings = settings;
    }

    @Override
    public void init(ProcessorContext<Object, Object> context) {
        super.init(context);
        open = context.getStateStore(KrpoTopology.OPEN_GROUPS);
        members = context.getStateStore(KrpoTopology.GROUP_MEMBERS);
        closed = new RecentIds(
                RecentIds.Kind.CLOSED_GROUP,
                context.getStateStore(KrpoTopology.RECENT_IDS),
                settings.deduplicationIds());
        seen = new RecentIds(
                RecentIds.Kind.ROLLOUT, context.getStateStore(KrpoTopology.RECENT_IDS), settings.deduplicationIds());
        Duration interval = settings.groupTimeout().dividedBy(CHECKS_PER_TIMEOUT);
        context.schedule(
                interval.compareTo(SHORTEST_CHECK) < 0 ? SHORTEST_CHECK : interval,
                settings.groupClock(),
                this::closeTimedOut);
    }

    @Override
    public void process(Record<String, List<SourcedRollout>> record) {
        for (SourcedRollout member : record.value()) {
            int groupSize = member.rollout().groupSize();
            Optional<Refusal> tooSmall = rules.tooSmall(groupSize);
            if (tooSmall.isPresent()) {
                refuseForNow(member, tooSmall.get());
            } else if (groupSize == 1) {
                context().forward(record, KrpoTopology.ESTIMATE);
            } else {
                add(member);
            }
        }
    }

    private void add(SourcedRollout member) {
        EncodedRollout rollout = member.rollout();
        String id = storeKey(rollout);
        if (closed.contains(rollout.promptId(), rollout.groupId())) {
            refuseForNow(
                    member,
                    new Refusal(
                            "late-for-group",
                            "group '" + rollout.groupId() + "' was estimated before index " + rollout.index()
                                    + " came; raise streams.groupTimeoutMs ("
                                    + settings.groupTimeout().toMillis()
                                    + ") if workers need longer"));
            return;
        }
        OpenGroup group = open.get(id);
        if (group == null) {
            group = new OpenGroup(rollout.groupSize(), 0, now());
        }
        if (group.size() != rollout.groupSize()) {
            refuseForNow(
                    member,
                    new Refusal(
                            "group-size-differs",
                            "groupSize is " + rollout.groupSize() + " but group '" + rollout.groupId() + "' began with "
                                    + group.size() + "; give all members of a group one groupSize"));
            return;
        }
        if (members.putIfAbsent(memberKey(id, rollout.index()), member) != null) {
            refuseForNow(
                    member,
                    new Refusal(
                            "index-repeated",
                            "index " + rollout.index() + " of group '" + rollout.groupId()
                                    + "' came before under another rolloutId than '" + rollout.rolloutId()
                                    + "'; give each member its own index"));
            return;
        }
        group = group.withOneMore();
        if (group.isComplete()) {
            close(id);
        } else {
            open.put(id, group);
        }
    }

    private void closeTimedOut(long now) {
        long openedBefore = now - settings.groupTimeout().toMillis();
        List<String> timedOut = new ArrayList<>();
        List<KeyValue<String, OpenGroup>> ofTheFuture = new ArrayList<>();
        try (KeyValueIterator<String, OpenGroup> groups = open.all()) {
            while (groups.hasNext()) {
                KeyValue<String, OpenGroup> group = groups.next();
                if (group.value.openedAtMs() <= openedBefore) {
                    timedOut.add(group.key);
                } else if (group.value.openedAtMs() > now) {
                    ofTheFuture.add(group);
                }
            }
        }
        // A process whose clock was ahead opened them: they wait for one timeout from here, not for its clock to come
        // true.
        ofTheFuture.forEach(group -> open.put(group.key, group.value.openedAt(now)));
        timedOut.forEach(this::close);
    }

    private void close(String id) {
        List<SourcedRollout> group = withoutObjection(take(id));
        open.delete(id);
        if (group.size() >= rules.smallestGroup()) {
            EncodedRollout first = group.get(0).rollout();
            closed.add(first.promptId(), first.groupId());
            context()
                    .forward(
                            new Record<>(first.promptId(), group, context().currentStreamTimeMs()),
                            KrpoTopology.ESTIMATE);
            return;
        }
        for (SourcedRollout member : group) {
            refuseForNow(
                    member,
                    new Refusal(
                            "group-timeout",
                            group.size() + " of " + member.rollout().groupSize() + " members of group '"
                                    + member.rollout().groupId()
                                    + "' came within streams.groupTimeoutMs ("
                                    + settings.groupTimeout().toMillis() + ") and can be estimated, and "
                                    + rules.comparing() + " needs " + rules.smallestGroup()
                                    + "; raise it, look after the workers or mend what was refused"));
        }
    }

    /** Refuses those that came under other settings and do not fit the present ones. */
    private List<SourcedRollout> withoutObjection(List<SourcedRollout> group) {
        List<SourcedRollout> fit = new ArrayList<>(group.size());
        for (SourcedRollout member : group) {
            rules.objection(member.rollout().reward(), member.rollout().rewardComponents())
                    .ifPresentOrElse(refusal -> refuseForNow(member, refusal), () -> fit.add(member));
        }
        return fit;
    }

    /** Its id is forgotten, so that the dead letter can be driven again when the cause is mended. */
    private void refuseForNow(SourcedRollout member, Refusal refusal) {
        seen.remove(member.rollout().promptId(), member.rollout().rolloutId());
        refuse(member, refusal);
    }

    private List<SourcedRollout> take(String id) {
        List<String> keys = new ArrayList<>();
        List<SourcedRollout> group = new ArrayList<>();
        try (KeyValueIterator<String, SourcedRollout> found = members.prefixScan(id, KEYS)) {
            while (found.hasNext()) {
                KeyValue<String, SourcedRollout> member = found.next();
                keys.add(member.key);
                group.add(member.value);
            }
        }
        keys.forEach(members::delete);
        group.sort(Comparator.comparingInt(member -> member.rollout().index()));
        return group;
    }

    private long now() {
        return settings.groupClock() == PunctuationType.STREAM_TIME
                ? context().currentStreamTimeMs()
                : context().currentSystemTimeMs();
    }

    /** With both lengths in it, no key is the beginning of another one's, and one group never mixes two prompts. */
    private static String storeKey(EncodedRollout rollout) {
        String prompt = rollout.promptId();
        String group = rollout.groupId();
        return prompt.length() + ":" + prompt + group.length() + ":" + group + "#";
    }

    private static String memberKey(String id, int index) {
        return id + index;
    }
}
