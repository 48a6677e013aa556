package dev.krpo.streams.processor;

import dev.krpo.estimators.GroupEstimation;
import dev.krpo.runtime.rules.Rejection;
import dev.krpo.schemas.serde.EncodedRollout;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.settings.Config;
import dev.krpo.streams.settings.StreamsSettings;
import dev.krpo.streams.settings.StreamsSettings.GroupClock;
import dev.krpo.streams.store.OpenGroup;
import dev.krpo.streams.store.PromptKey;
import dev.krpo.streams.store.RecentIds;
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
 * Buffers the members of a group until it is complete or the group timeout has passed, and forwards them ordered by
 * index. Groups of one pass immediately. Each member is written once and read once, whatever the group's size. Receives
 * the output of {@link DeduplicateRollouts} and each {@link RejectedMember}.
 */
public final class AssembleGroups extends RejectingProcessor<String, Object> {

    private static final StringSerializer KEYS = new StringSerializer();
    private static final Duration SHORTEST_CHECK = Duration.ofMillis(10);
    private static final int CHECKS_PER_TIMEOUT = 4;

    private final GroupEstimation estimation;
    private final int remembered;
    private final Duration timeout;
    private final boolean byStreamTime;
    private KeyValueStore<String, OpenGroup> open;
    private KeyValueStore<String, GroupMember> members;
    private RecentIds closed;
    private RecentIds seen;
    /** Lower bound of all open groups' start times: until stream time is one timeout later, no scan is needed. */
    private long oldestOpenedAtMs;

    public AssembleGroups(String sourceTopic, GroupEstimation estimation, Config config) {
        super(sourceTopic);
        this.estimation = estimation;
        this.remembered = config.get(StreamsSettings.DEDUPLICATION_IDS);
        this.timeout = Duration.ofMillis(config.get(StreamsSettings.GROUP_TIMEOUT_MS));
        this.byStreamTime = config.get(StreamsSettings.GROUP_CLOCK) == GroupClock.STREAM;
    }

    @Override
    public void init(ProcessorContext<Object, Object> context) {
        super.init(context);
        // Not in the declaration: Kafka Streams reuses this object after rolling back the stores.
        oldestOpenedAtMs = Long.MIN_VALUE;
        open = context.getStateStore(TopologyNames.OPEN_GROUPS);
        members = context.getStateStore(TopologyNames.GROUP_MEMBERS);
        closed =
                new RecentIds(RecentIds.Kind.CLOSED_GROUP, context.getStateStore(TopologyNames.RECENT_IDS), remembered);
        seen = new RecentIds(RecentIds.Kind.ROLLOUT, context.getStateStore(TopologyNames.RECENT_IDS), remembered);
        if (!byStreamTime) {
            Duration interval = timeout.dividedBy(CHECKS_PER_TIMEOUT);
            context.schedule(
                    interval.compareTo(SHORTEST_CHECK) < 0 ? SHORTEST_CHECK : interval,
                    PunctuationType.WALL_CLOCK_TIME,
                    this::closeTimedOut);
        }
    }

    @Override
    public void process(Record<String, Object> record) {
        if (byStreamTime) {
            // Not in a punctuator, which may run between any two records: every replay must close before the same
            // record.
            closeTimedOutInTheStream();
        }
        if (record.value() instanceof RejectedMember rejected) {
            countDown(rejected.rollout());
        } else {
            for (Object member : (List<?>) record.value()) {
                process((SourcedRollout) member);
            }
        }
    }

    private void process(SourcedRollout member) {
        int groupSize = member.rollout().groupSize();
        Optional<Rejection> tooSmall = rejection(estimation.tooSmall(groupSize));
        if (tooSmall.isPresent()) {
            rejectForNow(member, tooSmall.get());
        } else if (groupSize == 1) {
            context()
                    .forward(
                            new Record<>(
                                    member.rollout().promptId(),
                                    List.of(member),
                                    context().currentStreamTimeMs()),
                            TopologyNames.ESTIMATE);
        } else {
            add(member);
        }
    }

    private void add(SourcedRollout member) {
        EncodedRollout rollout = member.rollout();
        PromptKey prompt = PromptKey.of(rollout);
        if (closed.contains(prompt, rollout.groupId())) {
            rejectForNow(
                    member,
                    new Rejection(
                            "late-for-group",
                            "group '" + rollout.groupId() + "' was estimated before index "
                                    + rollout.index() + " arrived; raise "
                                    + StreamsSettings.GROUP_TIMEOUT_MS + " ("
                                    + timeout.toMillis()
                                    + ") if workers need longer"));
            return;
        }
        String id = GroupKeys.groupKey(rollout.groupId());
        OpenGroup group = findOrOpen(id, rollout);
        if (group.arrived() == 0 && !group.isOf(prompt, rollout.groupSize())) {
            // Only rejected rollouts have used the name so far.
            group = OpenGroup.of(prompt, rollout.groupSize(), now());
        }
        if (!group.owner().equals(prompt)) {
            rejectForNow(member, mixed(rollout, group.owner()));
            return;
        }
        if (group.size() != rollout.groupSize()) {
            rejectForNow(
                    member,
                    new Rejection(
                            "group-size-differs",
                            "groupSize is " + rollout.groupSize() + " but group '" + rollout.groupId() + "'"
                                    + " began with " + group.size() + "; all members of a group must have the"
                                    + " same groupSize"));
            return;
        }
        if (members.putIfAbsent(GroupKeys.memberKey(id, rollout.index()), member.waiting()) != null) {
            rejectForNow(
                    member,
                    new Rejection(
                            "index-repeated",
                            "index " + rollout.index() + " of group '" + rollout.groupId()
                                    + "' has already arrived under a rolloutId other than"
                                    + " '" + rollout.rolloutId() + "'; give each member its own index"));
            return;
        }
        update(id, group.withArrived(rollout.index()));
    }

    /** Does not wait for a rejected member, unless it is resubmitted before the group is complete. */
    private void countDown(EncodedRollout rollout) {
        PromptKey prompt = PromptKey.of(rollout);
        boolean compared = rollout.groupSize() > 1
                && estimation.tooSmall(rollout.groupSize()).isEmpty()
                && !closed.contains(prompt, rollout.groupId());
        if (!compared) {
            return;
        }
        String id = GroupKeys.groupKey(rollout.groupId());
        OpenGroup group = findOrOpen(id, rollout);
        boolean member = group.isOf(prompt, rollout.groupSize())
                && members.get(GroupKeys.memberKey(id, rollout.index())) == null;
        if (member) {
            update(id, group.withRejected(rollout.index()));
        }
    }

    private void update(String id, OpenGroup group) {
        if (group.isComplete()) {
            close(id, group);
        } else {
            open.put(id, group);
            oldestOpenedAtMs = Math.min(oldestOpenedAtMs, group.openedAtMs());
        }
    }

    private OpenGroup findOrOpen(String id, EncodedRollout rollout) {
        OpenGroup group = open.get(id);
        if (group == null) {
            group = moved(GroupKeys.formerKey(rollout), id);
        }
        return group == null ? OpenGroup.of(PromptKey.of(rollout), rollout.groupSize(), now()) : group;
    }

    /** A group opened by an earlier build, moved to its current key; null if there is none. */
    private OpenGroup moved(String from, String to) {
        OpenGroup group = open.get(from);
        if (group == null) {
            return null;
        }
        List<SourcedRollout> arrived = take(from);
        open.delete(from);
        if (arrived.isEmpty()) {
            return null;
        }
        arrived.forEach(
                member -> members.put(GroupKeys.memberKey(to, member.rollout().index()), member.waiting()));
        OpenGroup owned = group.ownedBy(PromptKey.of(arrived.get(0).rollout()));
        open.put(to, owned);
        return owned;
    }

    private void closeTimedOutInTheStream() {
        long now = context().currentStreamTimeMs();
        if (oldestOpenedAtMs <= now - timeout.toMillis()) {
            closeTimedOut(now);
        }
    }

    private void closeTimedOut(long now) {
        long openedBefore = now - timeout.toMillis();
        List<KeyValue<String, OpenGroup>> timedOut = new ArrayList<>();
        List<KeyValue<String, OpenGroup>> ofTheFuture = new ArrayList<>();
        oldestOpenedAtMs = Long.MAX_VALUE;
        try (KeyValueIterator<String, OpenGroup> groups = open.all()) {
            while (groups.hasNext()) {
                KeyValue<String, OpenGroup> group = groups.next();
                if (group.value.openedAtMs() <= openedBefore) {
                    timedOut.add(group);
                } else {
                    oldestOpenedAtMs = Math.min(oldestOpenedAtMs, group.value.openedAtMs());
                    if (group.value.openedAtMs() > now) {
                        ofTheFuture.add(group);
                    }
                }
            }
        }
        if (!byStreamTime) {
            // Opened by a process whose clock was ahead: they wait one timeout from here, not until the clock catches
            // up.
            ofTheFuture.forEach(group -> open.put(group.key, group.value.openedAt(now)));
        }
        timedOut.sort(Comparator.comparingLong((KeyValue<String, OpenGroup> group) -> group.value.openedAtMs())
                .thenComparing(group -> group.key));
        timedOut.forEach(group -> close(group.key, group.value));
    }

    private void close(String id, OpenGroup group) {
        List<SourcedRollout> arrived = take(id);
        open.delete(id);
        if (arrived.isEmpty()) {
            return;
        }
        PromptKey owner = group.owner() == null ? PromptKey.of(arrived.get(0).rollout()) : group.owner();
        List<SourcedRollout> fit = withoutObjection(owner, arrived);
        if (fit.size() >= estimation.minGroupSize()) {
            closed.add(owner, fit.get(0).rollout().groupId());
            context()
                    .forward(
                            new Record<>(owner.promptId(), fit, context().currentStreamTimeMs()),
                            TopologyNames.ESTIMATE);
            return;
        }
        for (SourcedRollout member : fit) {
            rejectForNow(member, group.isComplete() ? tooFew(member, fit.size()) : timeout(member, fit.size()));
        }
    }

    private Rejection tooFew(SourcedRollout member, int usable) {
        return new Rejection(
                "too-few-members",
                usable + " of " + member.rollout().groupSize() + " members of group '"
                        + member.rollout().groupId() + "' can be estimated, and " + estimation.comparing() + " needs "
                        + estimation.minGroupSize()
                        + "; fix the problems named in the dead letters of the others, then redrive all of them");
    }

    private Rejection timeout(SourcedRollout member, int usable) {
        return new Rejection(
                "group-timeout",
                usable + " of " + member.rollout().groupSize() + " members of group '"
                        + member.rollout().groupId()
                        + "' arrived within " + StreamsSettings.GROUP_TIMEOUT_MS + " ("
                        + timeout.toMillis() + ") and can be estimated, and "
                        + estimation.comparing() + " needs " + estimation.minGroupSize()
                        + "; raise the timeout, check the workers, or fix the rejected rollouts");
    }

    /** Rejects members that arrived under other settings and do not fit the current ones. */
    private List<SourcedRollout> withoutObjection(PromptKey owner, List<SourcedRollout> group) {
        List<SourcedRollout> fit = new ArrayList<>(group.size());
        for (SourcedRollout member : group) {
            EncodedRollout rollout = member.rollout();
            Optional<Rejection> rejection = PromptKey.of(rollout).equals(owner)
                    ? rejection(estimation.objection(rollout.reward(), rollout.rewardComponents()))
                    : Optional.of(mixed(rollout, owner));
            rejection.ifPresentOrElse(reason -> rejectForNow(member, reason), () -> fit.add(member));
        }
        return fit;
    }

    private static Rejection mixed(EncodedRollout rollout, PromptKey owner) {
        return new Rejection(
                "group-mixed",
                "the rollout is of " + PromptKey.of(rollout) + ", but group '" + rollout.groupId() + "' began with "
                        + owner + "; a group answers one prompt with one policy: give each its own groupId");
    }

    /** Forgets its id, so that the dead letter can be redriven once the cause is fixed. */
    private void rejectForNow(SourcedRollout member, Rejection rejection) {
        seen.remove(PromptKey.of(member.rollout()), member.rollout().rolloutId());
        reject(member, rejection);
    }

    /** Rejects members that an earlier build accepted but this one cannot decode. */
    private List<SourcedRollout> take(String id) {
        List<String> keys = new ArrayList<>();
        List<GroupMember> waiting = new ArrayList<>();
        try (KeyValueIterator<String, GroupMember> found = members.prefixScan(id, KEYS)) {
            while (found.hasNext()) {
                KeyValue<String, GroupMember> member = found.next();
                keys.add(member.key);
                waiting.add(member.value);
            }
        }
        keys.forEach(members::delete);
        List<SourcedRollout> group = new ArrayList<>(waiting.size());
        for (GroupMember member : waiting) {
            try {
                group.add(member.decoded());
            } catch (UndecodableRecordException e) {
                reject(member.source(), member.partition(), member.offset(), new Rejection(e.reason(), e.getMessage()));
            }
        }
        group.sort(Comparator.comparingInt(member -> member.rollout().index()));
        return group;
    }

    private long now() {
        return byStreamTime ? context().currentStreamTimeMs() : context().currentSystemTimeMs();
    }
}
