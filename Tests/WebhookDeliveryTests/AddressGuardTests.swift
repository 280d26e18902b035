import InventoryService
import NIOCore
import Testing
import WebhookDelivery

@Suite struct AddressGuardTests {
    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1",
        "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1",
        "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250",
        "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8",
        "::127.0.0.1", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "ff0e::1", "2001:db8::1",
        "2001::1", "2001:10::1", "2002:7f00:1::1", "2002:808:808::1", "3fff::1", "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8", "100::1", "4000::1", "5f00::1",
    ])
    func `no request goes to an address that is not public`(text: String) throws {
        let address = try SocketAddress(ipAddress: text, port: 443)
        #expect(!AddressGuard(allowsPrivate: false).allows(address))
        #expect(AddressGuard(allowsPrivate: true).allows(address))
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255",
        "128.0.0.1", "169.253.255.255", "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.167.255.255",
        "198.17.255.255",
        "198.20.0.1", "223.255.255.255", "2600:1f18::1", "2a00:1450:4001::1", "2001:200::1", "2003::1",
        "64:ff9b::8.8.8.8",
    ])
    func `requests go to public addresses`(text: String) throws {
        #expect(AddressGuard(allowsPrivate: false).allows(try SocketAddress(ipAddress: text, port: 443)))
    }

    @Test func `a socket file is no address to send to`() throws {
        let address = try SocketAddress(unixDomainSocketPath: "/tmp/socket")
        #expect(!AddressGuard(allowsPrivate: true).allows(address))
    }
}
