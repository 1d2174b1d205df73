-- For wrk: sends the requests of a file in turn, holds every answer against those of another, and prints figures.
-- Both files are parted by zero bytes. FRAGMENT, where it is set, is what any right answer contains.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

local function parts(name)
  local found, file = {}, io.open(os.getenv(name), "rb")
  for part in file:read("*a"):gmatch("%Z+") do table.insert(found, part) end
  file:close()
  return found
end

function init()
  requests, turn, right, wrong, sample = parts("REQUESTS"), 0, {}, 0, ""
  fragment = os.getenv("FRAGMENT")
  for _, answer in ipairs(parts("ANSWERS")) do right[answer] = true end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function response(status, _, body)
  if status ~= 200 or not (right[body] or fragment and body:find(fragment, 1, true)) then
    wrong, sample = wrong + 1, status .. " " .. body
  end
end

function done(summary, latency)
  local wrong, sample, errors = 0, "", summary.errors
  for _, thread in ipairs(threads) do wrong, sample = wrong + thread:get("wrong"), thread:get("sample") end
  local failed = errors.connect + errors.read + errors.write + errors.timeout
  local figures = { summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), failed, wrong }
  io.write("FIGURES ", table.concat(figures, " "), " ", (sample:gsub("%s+", " ")), "\n")
end
