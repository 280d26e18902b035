-- One balance at a time, at random.
local items, locations = tonumber(os.getenv("ITEMS")), tonumber(os.getenv("LOCATIONS"))
local threads = 0

function setup(thread)
    thread:set("id", threads)
    threads = threads + 1
end

-- What is the same in every request is put together once: the generator runs on the cores of the service.
function init(args)
    math.randomseed(os.time() * 100 + id)
    rest = " HTTP/1.1\r\nHost: " .. wrk.headers["Host"] .. "\r\n"
    -- Of a service that asks who calls.
    local authorization = os.getenv("AUTHORIZATION")
    if authorization then rest = rest .. "Authorization: " .. authorization .. "\r\n" end
    rest = rest .. "\r\n"
end

function request()
    return string.format(
        "GET /v1/availability/sku-%06d/loc-%04d", math.random(1, items), math.random(1, locations)) .. rest
end
