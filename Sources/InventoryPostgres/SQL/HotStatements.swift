package import LibPQ

/// The statements of every batch and every single read, whose plans are part of the contract: a test looks at them on
/// empty and on filled tables.
package enum HotStatements {
    package static let writing: [Statement] = [
        .balanceEnsure, .balanceLock, .balancesLocked, .nameMissing, .eventKeyProbe, .rejectedLineProbe, .sourceRevive,
        .commitAppend,
        .movementAppend, .movementAppendByActors,
        .balanceStore, .balanceDropEmpty, .eventKeyAppend, .eventKeyUnpark, .eventKeyRemove, .parkedLineAppend,
        .parkedLineRemove,
        .exceptionOpen, .exceptionOpenOfLine, .exceptionOpenOfRecord, .exceptionSettle,
        .optimisticWrite(alarms: false, actors: false),
        .optimisticWrite(alarms: true, actors: false), .optimisticWrite(alarms: false, actors: true),
        .optimisticWrite(alarms: true, actors: true), .nameRead, .balanceRead,
        .configEpochRead,
        .completeCountsShare, .completeCountsRead, .countsAround, .unitsOccurred, .stockCountAppend, .countLineStore,
        .countTaskSettle, .pendingAlarmNote, .pendingAlarmClear, .pendingAlarmSettle, .pendingAlarmOpen, .placesShare,
        .requestKeyProbe,
        .reservationRead,
        .allocationRead,
        .placeRead, .pickupCodesTaken, .ownersLock, .holdingsRead, .expiredHoldsRead, .openPromisesRead,
        .packedUnitsRead, .packedStore, .countsSince, .reservationStore, .allocationStore, .allocationRemove,
        .requestKeyAppend, .holdStore,
        .holdFold, .countTaskRequest, .shipmentStore, .shipmentRemove, .capacityLock, .shipmentsCount,
        .groupMembersRead, .transferRead, .transferStore, .transferInboundRemove, .transferInboundStore,
        .supplyOfReceipts, .supplyReceived, .exceptionClose,
    ]
    package static let reading: [Statement] = [
        .availabilityBalances, .availabilityNetworkBalances, .availabilityItemHead, .availabilityItem,
        .availabilityScope, .availabilityPairItems, .availabilityPairLocations, .availabilityPairBalances,
        .uncoveredRead, .alternativeLocations, .locationCoordinates, .reservationsExpired, .latePickups,
        .sourcingStock, .sourcingStockChanged, .commitsSeen, .sourcingSales,
    ]

    /// Of every look at the feed: what gives commits their positions and tells what became of availability, and what reads
    /// a page. They run for as long as anybody follows, so a plan that reads a table whole would be felt by everybody.
    package static let feed: [Statement] = [
        .feedUnsequenced, .feedUntold, .feedSequence, .feedAim, .feedScanAppend,
        .feedTell(scans: false), .feedTell(scans: true), .feedTellCover,
        .feedEnds, .feedHeads, .feedLines, .feedChanges, .feedExceptions, .feedCounts, .feedFilter,
    ]

    /// Those whose shape leaves the planner no choice, whatever it believes about the tables.
    package static let unshakeable: [Statement] = [
        .optimisticWrite(alarms: false, actors: false), .optimisticWrite(alarms: false, actors: true), .balanceRead,
        .balanceStore, .eventKeyProbe, .availabilityPairBalances,
    ]

    /// Lists of ledger lines, whose last two parameters say in which time to look.
    package static let ledger: [Statement] =
        Statement.LedgerLists.oldest.all + Statement.LedgerLists.newest.all

    /// Locks balances: its plan must sort below the lock.
    package static let locking = Statement.balanceLock

    /// The session settings that they run with, those of the feed too.
    package static var session: [String: String] { PostgresPools.hotSession }
}
