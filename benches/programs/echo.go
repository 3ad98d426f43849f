// An echo server for heist-bench: a goroutine for each connection, on two processors.
//
// It talks to the bench as every peer does: it prints `port N`, answers each line of its input with what it has used so
// far, and ends with its input.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

func main() {
	size, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "echo.go: the size of a buffer is a number:", err)
		os.Exit(2)
	}
	runtime.GOMAXPROCS(2)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "echo.go:", err)
		os.Exit(1)
	}
	go serve(listener, size)
	fmt.Printf("port %d\n", listener.Addr().(*net.TCPAddr).Port)
	questions := bufio.NewScanner(os.Stdin)
	for questions.Scan() {
		fmt.Println(usage())
	}
}

func serve(listener net.Listener, size int) {
	for {
		stream, err := listener.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, "echo.go:", err)
			os.Exit(1)
		}
		go echo(stream, size)
	}
}

func echo(stream net.Conn, size int) {
	defer stream.Close()
	buffer := make([]byte, size)
	for {
		read, err := stream.Read(buffer)
		if err != nil {
			return
		}
		if _, err := stream.Write(buffer[:read]); err != nil {
			return
		}
	}
}

func usage() string {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		fmt.Fprintln(os.Stderr, "echo.go:", err)
		os.Exit(1)
	}
	micros := used.Utime.Nano()/1000 + used.Stime.Nano()/1000
	return fmt.Sprintf(`{"cpu_us":%d,"switches":%d,"rss":%d,"heap":0,"threads":%d}`,
		micros, used.Nvcsw, status("VmRSS:")*1024, status("Threads:"))
}

// The number behind a label of /proc/self/status.
func status(label string) int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(text), "\n") {
		fields := strings.Fields(line)
		if len(fields) > 1 && fields[0] == label {
			number, _ := strconv.Atoi(fields[1])
			return number
		}
	}
	return 0
}
