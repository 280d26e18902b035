import ArgumentParser
import Foundation
import Inventory
import InventoryService
import Logging

struct Keys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list, rotate and revoke API keys.",
        discussion: "Works on the database, beside a serving holdfast, which obeys within five seconds.",
        subcommands: [Create.self, List.self, Rotate.self, Revoke.self])

    /// What ends a command with a message and status 1.
    struct Refused: Error, CustomStringConvertible {
        let description: String

        init(_ rejection: APIKeyRejection) {
            description =
                switch rejection {
                case .notFound: "there is no key with this id; 'holdfast keys list' shows those there are"
                case .tooManyValid:
                    "the client has \(APIKey.validPerClientMax) valid keys already; revoke the one that is not used any more"
                case .notValid: "the key has expired or was revoked; create a new one"
                case .expiresInPast: "the key would have expired already"
                case .requestKeyReused: "the request was made before with other content"
                case .unknownLocation(let id): "no location has the id '\(id)'; create it first"
                case .certificateTaken: "another key has this certificate; revoke that one first"
                }
        }
    }

    private static func withKeys<T: Sendable>(
        _ options: SettingsOptions, _ body: @escaping @Sendable (APIKeyService) async throws -> T
    ) async throws -> T {
        let settings = try await Settings.load(options)
        let logger = Log.start(level: max(settings.logLevel, .warning))
        return try await Stack.oneOff(settings, logger: logger) { stack in
            try await body(APIKeyService(store: stack.apiKeyStore))
        }
    }

    /// The text alone goes to standard output, so that a script can keep it.
    private static func show(_ made: APIKeyService.Made) {
        let key = made.key
        FileHandle.standardError.write(
            Data(
                """
                key \(key.id) of client \(key.client): \(key.grant.allScopes)\(bound(key.grant.binding))
                It is shown this once. Send it as 'Authorization: Bearer …'.

                """.utf8))
        // Made just now, so it has its text.
        print(made.text ?? "")
    }

    private static func bound(_ binding: AccessBinding) -> String {
        func list(_ what: String, _ names: [String]?) -> String {
            names.map { ", \(what) \($0.isEmpty ? "none" : $0.sorted().joined(separator: " "))" } ?? ""
        }
        return list("locations", binding.locations?.map(\.text)) + list("sources", binding.sources?.map(\.text))
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a key and print it, once.")

        @OptionGroup var grant: GrantOptions

        @Option(help: "The client that it is for. It may have two valid keys.")
        var client: String

        @Option(help: "What people call the key.")
        var name: String?

        @Option(help: "Days until it expires (default: it does not).")
        var days: Int64?

        @OptionGroup var options: SettingsOptions

        func validate() throws {
            if let days, !(1...3_650).contains(days) { throw ValidationError("--days is from 1 to 3650") }
            if let name,
                !(1...APIKey.nameLengthMax).contains(name.unicodeScalars.count)
                    || !name.unicodeScalars.allSatisfy(\.isPrintable)
            {
                throw ValidationError("--name has 1 to \(APIKey.nameLengthMax) printable characters")
            }
            _ = try grant.grant()
        }

        func run() async throws {
            let expiry = days.map { Timestamp.now().advanced(byMicroseconds: $0 * 86_400_000_000) }
            let new = NewAPIKey(
                client: ClientID(stored: try Identifier<KeyClientKind>(client).text), name: name ?? "",
                grant: try grant.grant(), expiresAt: expiry)
            let made = try await withKeys(options) { try await $0.create(new, by: nil) }
            switch made {
            case .success(let made): show(made)
            case .failure(let rejection): throw Refused(rejection)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List keys, without their texts.")

        @Option(help: "Only keys of this client.")
        var client: String?

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let client = try client.map { try ClientID($0) }
            let keys = try await withKeys(options) { keys in
                var (found, after): ([(APIKey, Timestamp)], String?) = ([], nil)
                repeat {
                    let page = PageRequest(after: after, limit: PageRequest.limitMax)
                    let (read, now) = try await keys.keys(of: client, page)
                    found += read.elements.map { ($0, now) }
                    after = read.hasMore ? read.elements.last?.id.text : nil
                } while after != nil
                return found
            }
            print("id\tstate\tclient\tscopes\texpires\tlast used\tname")
            for (key, now) in keys {
                let rights = "\(key.grant.allScopes)\(bound(key.grant.binding))"
                let times = [key.expiresAt, key.lastUsedAt].map { $0?.description ?? "never" }
                let columns: [String] =
                    [key.id.text, key.state(at: now).rawValue, key.client.text, rights] + times + [key.name]
                print(columns.joined(separator: "\t"))
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace a key by a new one with the same rights.",
            discussion: "The old one stays valid for a while, so that its client can change over.")

        @Argument(help: "The id of the key: the 16 characters behind hfk_.")
        var id: String

        @Option(help: "Seconds that the old key stays valid, up to 30 days.")
        var overlap = APIKeyService.overlapSecondsDefault

        @OptionGroup var options: SettingsOptions

        func validate() throws {
            guard APIKeyService.overlapSecondsAllowed.contains(overlap) else {
                throw ValidationError("--overlap is from 0 to \(APIKeyService.overlapSecondsAllowed.upperBound)")
            }
        }

        func run() async throws {
            let (id, overlap) = (try APIKeyID(id), overlap)
            let made = try await withKeys(options) { try await $0.rotate(id, overlapSeconds: overlap, by: nil) }
            switch made {
            case .success(let made): show(made)
            case .failure(let rejection): throw Refused(rejection)
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a key at once.")

        @Argument(help: "The id of the key: the 16 characters behind hfk_.")
        var id: String

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let id = try APIKeyID(id)
            let revoked = try await withKeys(options) { try await $0.revoke(id, by: nil) }
            switch revoked {
            case .success(let key): print("revoked \(key.id) of client \(key.client)")
            case .failure(let rejection): throw Refused(rejection)
            }
        }
    }
}
