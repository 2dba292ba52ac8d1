-- One load of wrk: a list of requests read from a file, sent in turn; latency printed as one line.
-- The file has one request a line: METHOD <tab> path <tab> body (may be empty).
local requests = {}
local at = 0

function init(args)
  local cookie = os.getenv("BENCH_COOKIE")
  local token = os.getenv("BENCH_TOKEN")
  local tag = os.getenv("BENCH_ETAG")
  for line in io.lines(os.getenv("BENCH_REQUESTS")) do
    local method, path, body = line:match("([^\t]*)\t([^\t]*)\t(.*)")
    local headers = {}
    if cookie and cookie ~= "" then headers["Cookie"] = cookie end
    if tag and tag ~= "" then headers["If-None-Match"] = tag end
    if method == "POST" then
      headers["Content-Type"] = "application/json"
      headers["X-CSRFToken"] = token
      headers["Accept"] = "application/json"
    end
    requests[#requests + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
  end
end

function request()
  at = at + 1
  if at > #requests then at = 1 end
  return requests[at]
end

function done(summary, latency, all)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d %d\n",
    summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(95), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
