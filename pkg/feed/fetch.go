package feed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Fetcher downloads files. The zero value works, with http.DefaultClient.
type Fetcher struct {
	Client  *http.Client
	Retries int           // after the first try; 0 is 4, negative none
	MinWait time.Duration // before the first retry, doubled for each after it; 0 is 1 s
	MaxWait time.Duration // bounds each wait, also one that the server asks for; 0 is 60 s
	Stall   time.Duration // a transfer that brings nothing for so long is given up and resumed; 0 is 60 s
}

// Request says what to fetch and where it goes. Beside Path stand Path.fetch.json, which remembers what the server said
// of it, and while a transfer is unfinished Path.part and Path.part.json.
type Request struct {
	URL   string // http or https
	Path  string // its directory must exist
	Limit int64  // bytes; a larger file is an error
}

// Fetched says what stands at Request.Path after a successful fetch.
type Fetched struct {
	SHA256       string // lower-case hexadecimal
	Size         int64
	Unchanged    bool      // the server says that the file of the last fetch is still good
	LastModified time.Time // as the server says; zero where it does not
}

// Fetch brings the file at r.URL to r.Path. It asks only for what changed since the last fetch, resumes where the
// connection was cut, and replaces an older file in one step: after an error the older file stands as it was.
func (f Fetcher) Fetch(ctx context.Context, r Request) (Fetched, error) {
	f = f.withDefaults()
	where, err := url.Parse(r.URL)
	if err != nil || where.Scheme != "http" && where.Scheme != "https" || where.Host == "" {
		return Fetched{}, fmt.Errorf("fetch %q: want an http or https address", Shown(r.URL))
	}
	name := Shown(r.URL)
	old, haveOld := readState(r.Path, r.Path+stateSuffix, r.URL)
	for try := 0; ; try++ {
		var done state
		err := f.transfer(ctx, r, old, haveOld)
		if err == nil {
			done, err = finish(r)
		}
		switch {
		case errors.Is(err, errUnchanged):
			return old.fetched(true), nil
		case err == nil:
			return done.fetched(false), nil
		case ctx.Err() != nil:
			return Fetched{}, fmt.Errorf("fetch %s: %w", name, ctx.Err())
		}
		var cut *cutError
		if !errors.As(err, &cut) || try >= f.Retries {
			return Fetched{}, fmt.Errorf("fetch %s: %w", name, discreet(err))
		}
		if err := wait(ctx, f.backoff(try)); err != nil {
			return Fetched{}, fmt.Errorf("fetch %s: %w", name, err)
		}
	}
}

var errUnchanged = errors.New("not modified")

// cutError is a transfer that can be resumed.
type cutError struct{ err error }

func (e *cutError) Error() string { return "the transfer broke off: " + e.err.Error() }
func (e *cutError) Unwrap() error { return e.err }

// transfer makes one request and appends what it brings to the part file. A nil error means that the part is complete.
func (f Fetcher) transfer(ctx context.Context, r Request, old state, haveOld bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	part, resume := readPart(r)
	if resume && part.Size == part.Total {
		return nil // all came, and the run ended before it was put in its place
	}
	request, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, r.URL, nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "fettle")
	request.Header.Set("Accept-Encoding", "identity") // sizes and ranges are those of the file
	if resume {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", part.Size))
		request.Header.Set("If-Range", part.validator())
	} else if haveOld {
		old.condition(request.Header)
	}
	response, err := f.client().Do(request)
	if err != nil {
		if response != nil {
			response.Body.Close()
		}
		return err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		part = stateOf(r.URL, response.Header)
		if part.Encoding != "" && part.Encoding != "gzip" {
			return fmt.Errorf("the server packs its answer as %.40q; want it plain or as gzip", part.Encoding)
		}
	case http.StatusPartialContent:
		if from, ok := rangeStart(response.Header); !resume || !ok || from != part.Size {
			dropPart(r)
			return &cutError{errors.New("the server sent another part than the one asked for")}
		}
	case http.StatusRequestedRangeNotSatisfiable:
		dropPart(r)
		return &cutError{errors.New("the server has a shorter file now")}
	case http.StatusNotModified:
		if !resume && haveOld {
			return errUnchanged
		}
		return errors.New("the server says 304 Not Modified, without having been asked")
	default:
		return statusError(response)
	}
	if response.ContentLength >= 0 && part.Size+response.ContentLength > r.Limit {
		dropPart(r)
		return fmt.Errorf("%d bytes: more than the %d allowed", part.Size+response.ContentLength, r.Limit)
	}
	stall := time.AfterFunc(f.Stall, func() { cancel(fmt.Errorf("nothing came for %s", f.Stall)) })
	defer stall.Stop()
	body := &watched{in: response.Body, alive: func() { stall.Reset(f.Stall) }}
	err = appendPart(r, part, body)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = &cutError{cause}
	}
	return err
}

func (f Fetcher) withDefaults() Fetcher {
	if f.Client == nil {
		f.Client = http.DefaultClient
	}
	if f.Retries == 0 {
		f.Retries = 4
	}
	f.Retries = max(f.Retries, 0)
	if f.MinWait == 0 {
		f.MinWait = time.Second
	}
	if f.MaxWait == 0 {
		f.MaxWait = time.Minute
	}
	if f.Stall == 0 {
		f.Stall = time.Minute
	}
	return f
}

// client returns a client that retries what fails before a body comes: connections, 429 and 5xx. It never follows a
// redirect that leaves TLS.
func (f Fetcher) client() *retryablehttp.Client {
	plain := *f.Client
	if plain.CheckRedirect == nil {
		plain.CheckRedirect = keepTLS
	}
	return &retryablehttp.Client{
		HTTPClient:   &plain,
		RetryMax:     f.Retries,
		RetryWaitMin: f.MinWait,
		RetryWaitMax: f.MaxWait,
		CheckRetry: func(ctx context.Context, response *http.Response, err error) (bool, error) {
			if errors.Is(err, errDowngrade) {
				return false, err
			}
			return retryablehttp.DefaultRetryPolicy(ctx, response, err)
		},
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
		Backoff: func(least, most time.Duration, try int, response *http.Response) time.Duration {
			return min(retryablehttp.DefaultBackoff(least, most, try, response), most)
		},
	}
}

var errDowngrade = errors.New("the server redirects from https to http, which is not followed")

func keepTLS(request *http.Request, via []*http.Request) error {
	switch {
	case len(via) >= 10:
		return errors.New("stopped after 10 redirects")
	case via[len(via)-1].URL.Scheme == "https" && request.URL.Scheme != "https":
		return errDowngrade
	}
	return nil
}

func (f Fetcher) backoff(try int) time.Duration {
	return retryablehttp.DefaultBackoff(f.MinWait, f.MaxWait, try, nil)
}

func statusError(response *http.Response) error {
	if after := response.Header.Get("Retry-After"); after != "" {
		return fmt.Errorf("%s, the server asks to try again after %.40q", response.Status, after)
	}
	return errors.New(response.Status)
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// watched tells of each read that brings something.
type watched struct {
	in    io.Reader
	alive func()
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.in.Read(p)
	if n > 0 {
		w.alive()
	}
	return n, err
}

// hashFile returns the SHA-256 and size of the file at path.
func hashFile(path string) (string, int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, file)
	if err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(sum.Sum(nil)), n, nil
}
