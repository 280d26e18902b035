import ArgumentParser
import Foundation

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a running holdfast as its clients see it, and try to make it promise a unit twice.",
        discussion: """
            Reads what is there. With --write it also sells, and lets all its clients fight for the last units of an item, on \
            items and a location of its own whose names begin with bench-, which it stops selling at the end; their ledger lines \
            stay. The client runs on the same processors where it runs on the same machine: compare two runs, not a run with \
            what others say of theirs. `make bench` compares with raw SQL.
            """)

    @Option(help: "Where the service is (default: where the settings say that it listens).")
    var url: String?

    @Option(help: "A token or an API key (default: HOLDFAST_TOKEN of the environment).")
    var token: String?

    @Option(help: "Clients at one time, 1 to 1,000.")
    var clients = 32

    @Option(help: "Seconds for each row, 1 to 600.")
    var seconds = 5

    @Flag(help: "Also sell, and fight for the last units.")
    var write = false

    @Flag(help: "The rows as JSON, one on each line.")
    var json = false

    @OptionGroup var options: SettingsOptions

    func validate() throws {
        guard (1...1_000).contains(clients) else { throw ValidationError("--clients is 1 to 1,000") }
        guard (1...600).contains(seconds) else { throw ValidationError("--seconds is 1 to 600") }
    }

    func run() async throws {
        let address = try await ServiceAddress(url, options)
        let client = BenchClient(
            base: address.base, token: token ?? ProcessInfo.processInfo.environment["HOLDFAST_TOKEN"],
            connections: clients)
        do {
            try await measure(client)
        } catch {
            try? await client.close()
            throw error
        }
        try await client.close()
    }

    private func measure(_ client: BenchClient) async throws {
        let load = BenchLoad(client: client, clients: clients, duration: .seconds(seconds))
        if !json { print(BenchRow.heading) }
        func show(_ row: BenchRow) { print(json ? row.json : row.line) }
        let own = write ? try await BenchGoods.make(client, clients: clients) : nil
        let pairs = try await BenchGoods.pairs(client) + (own?.pairs ?? [])
        guard !pairs.isEmpty else {
            throw ValidationError("the service has no stock to ask about; load some, or add --write")
        }
        show(try await load.run("one figure", .getOne(pairs)))
        show(try await load.run("a product page", .productPage(pairs)))
        show(try await load.run("a list of \(BenchRequest.pairsPerList) figures", .list(pairs)))
        guard let own else { return }
        show(try await load.run("one sale", .sale(own)))
        show(try await load.run("\(BenchRequest.linesPerQueue) sales at once", .queue(own)))
        let drop = try await load.drop("the last \(BenchGoods.dropUnits) units", of: own)
        show(drop.row)
        try await own.stop(client)
        guard drop.granted == BenchGoods.dropUnits else {
            throw Oversold(granted: drop.granted, there: BenchGoods.dropUnits)
        }
        if !json { print("\(drop.granted) units were there, \(drop.granted) promised, none twice") }
    }

    struct Oversold: Error, CustomStringConvertible {
        let granted: Int
        let there: Int

        var description: String { "\(granted) units were promised where \(there) were there" }
    }
}
