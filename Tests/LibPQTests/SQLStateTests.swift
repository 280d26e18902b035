import LibPQ
import Testing

@Suite struct SQLStateTests {
    @Test(arguments: [
        ("08006", SQLState.Fault.connectionEnding), ("25001", .passing), ("25006", .staleConnection),
        ("25P02", .passing), ("25P03", .connectionEnding), ("40001", .contention), ("40P01", .contention),
        ("53100", .passing), ("53300", .passing), ("55P03", .contention), ("55006", .passing), ("57014", .passing),
        ("57P01", .connectionEnding), ("57P02", .connectionEnding), ("57P03", .connectionEnding),
        ("58030", .staleConnection), ("0A000", .staleConnection), ("26000", .staleConnection),
        ("22003", .data), ("23505", .data), ("42601", .defect), ("42P01", .defect), ("54001", .defect),
        ("P0001", .defect), ("HF001", .contention), ("XX000", .staleConnection), ("XX001", .defect),
    ])
    func `each state has the meaning of its class, or its own`(code: String, fault: SQLState.Fault) {
        #expect(SQLState(code).fault == fault)
    }

    @Test(arguments: ["08", "25", "40", "53", "55", "57", "58"])
    func `no state of a class of passing faults is a fault of ours or of the client`(classCode: String) {
        let digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        for first in digits {
            for last in digits {
                let fault = SQLState("\(classCode)\(first)0\(last)").fault
                #expect(fault != .defect && fault != .data)
            }
        }
    }

    @Test(arguments: ["", "X", "99999", "ZZ001", "HX123"])
    func `an unknown state passes on a new connection`(code: String) {
        #expect(SQLState(code).fault == .staleConnection)
        #expect(SQLState(code).dropsConnection)
    }

    @Test(arguments: ["25006", "57P01", "57P02", "57P03", "58000", "58030"])
    func `a connection that reports that the server cannot go on is dropped`(code: String) {
        #expect(SQLState(code).dropsConnection)
    }

    @Test(arguments: ["40001", "23505", "57014", "53200", "42601", "55P03", "HF001"])
    func `a connection that reports a statement's own trouble is kept`(code: String) {
        #expect(!SQLState(code).dropsConnection)
    }
}
