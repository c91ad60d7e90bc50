package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// engine speaks to a container engine by its HTTP interface over a socket of the file system. Each call ends in a bounded
// time; who cancels a run ends its container.
type engine struct {
	socket string
	client *http.Client
}

const (
	engineTime    = 10 * time.Minute // of one call, which may take a whole tree along
	connectTime   = 5 * time.Second
	maxReply      = 8 << 20
	defaultSocket = "/var/run/docker.sock"
)

// engineSocket returns the socket that DOCKER_HOST names, or the usual one; "" where the engine is elsewhere.
func engineSocket(lookup func(string) (string, bool)) string {
	host, ok := lookup("DOCKER_HOST")
	if !ok || host == "" {
		return defaultSocket
	}
	path, ok := strings.CutPrefix(host, "unix://")
	if !ok {
		return ""
	}
	return path
}

func newEngine(socket string) *engine {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: connectTime}).DialContext(ctx, "unix", socket)
	}
	transport := &http.Transport{DialContext: dial, MaxIdleConns: 2, IdleConnTimeout: time.Second}
	return &engine{socket: socket, client: &http.Client{Transport: transport, Timeout: engineTime}}
}

// engineError is what the engine answered instead.
type engineError struct {
	status  int
	message string
}

func (e *engineError) Error() string { return fmt.Sprintf("container engine: %s", e.message) }

func absent(err error) bool {
	var e *engineError
	return errors.As(err, &e) && e.status == http.StatusNotFound
}

// call sends in, as JSON unless it is a reader, and reads the answer into out.
func (e *engine) call(method, path string, query url.Values, in, out any) error {
	var body io.Reader
	kind := "application/json"
	switch in := in.(type) {
	case nil:
	case io.Reader:
		body, kind = in, "application/x-tar"
	default:
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	u := url.URL{Scheme: "http", Host: "engine", Path: path, RawQuery: query.Encode()}
	req, err := http.NewRequest(method, u.String(), body)
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := e.client.Do(req)
	if err != nil {
		return fmt.Errorf("container engine at %s: %w", e.socket, err)
	}
	defer resp.Body.Close()
	return readReply(resp, out)
}

func readReply(resp *http.Response, out any) error {
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return fmt.Errorf("read the container engine's answer: %w", err)
	}
	if resp.StatusCode >= 300 && resp.StatusCode != http.StatusNotModified {
		var reply struct{ Message string }
		if json.Unmarshal(data, &reply) != nil || reply.Message == "" {
			reply.Message = resp.Status
		}
		return &engineError{resp.StatusCode, reply.Message}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("read the container engine's answer: %w", err)
	}
	return nil
}

// attached is a connection to the standard streams of a container.
type attached struct {
	net.Conn
	from *bufio.Reader
}

// attach connects to a container before it is started. When the connection ends, the container's standard input does.
func (e *engine) attach(id string) (*attached, error) {
	conn, err := net.DialTimeout("unix", e.socket, connectTime)
	if err != nil {
		return nil, err
	}
	u := "/containers/" + id + "/attach?stream=1&stdin=1&stdout=1&stderr=1"
	req, err := http.NewRequest(http.MethodPost, "http://engine"+u, nil)
	if err != nil {
		conn.Close()
		return nil, err
	}
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "tcp")
	_ = conn.SetDeadline(time.Now().Add(connectTime))
	a := &attached{Conn: conn, from: bufio.NewReader(conn)}
	err = req.Write(conn)
	var resp *http.Response
	if err == nil {
		resp, err = http.ReadResponse(a.from, req)
	}
	if err == nil && resp.StatusCode != http.StatusSwitchingProtocols && resp.StatusCode != http.StatusOK {
		err = readReply(resp, nil)
		if err == nil {
			err = fmt.Errorf("container engine: attach answered %s", resp.Status)
		}
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return a, conn.SetDeadline(time.Time{})
}

// The streams of a connection, as the engine numbers them.
const (
	streamOut = 1
	streamErr = 2
)

// split copies the streams of a connection to their writers until it ends. Each piece has a header of eight bytes: the
// stream, three of nothing, the length.
func split(from io.Reader, out, diagnostics io.Writer) error {
	var header [8]byte
	for {
		if _, err := io.ReadFull(from, header[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		to := io.Discard
		switch header[0] {
		case streamOut:
			to = out
		case streamErr:
			to = diagnostics
		}
		if _, err := io.CopyN(to, from, int64(binary.BigEndian.Uint32(header[4:]))); err != nil {
			return err
		}
	}
}
