import AccessTokens
import ArgumentParser
import Inventory

struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make an access token for development.",
        discussion: """
            The token is signed with a key in the data directory, which is made on first use. A service takes it that uses \
            the same directory and has HOLDFAST_AUTH_MODE=token and HOLDFAST_AUTH_DEVELOPMENT=on, on loopback only. The \
            token alone goes to standard output: TOKEN=$(holdfast token --client shop --role storefront).
            """)

    @OptionGroup var grant: GrantOptions

    @Option(help: "The client that it is for.")
    var client: String

    @Option(help: "The person that the client acts for.")
    var subject: String?

    @Option(help: "Seconds until it expires, up to 30 days.")
    var seconds: Int64 = 3_600

    @OptionGroup var options: SettingsOptions

    func validate() throws {
        guard DevelopmentTokens.secondsAllowed.contains(seconds) else {
            throw ValidationError("--seconds is from 1 to \(DevelopmentTokens.secondsAllowed.upperBound)")
        }
        _ = try grant.grant()
    }

    func run() async throws {
        let settings = try await Settings.load(options)
        let tokens = try DevelopmentTokens(folder: settings.dataFolder)
        print(
            try await tokens.token(
                client: ClientID(client), subject: subject.map { try ClientID($0) }, grant: grant.grant(),
                seconds: seconds))
    }
}
