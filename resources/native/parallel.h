// A few threads that share the pieces of one loop. Pieces are handed out one by one, so a thread that another program
// slows down simply does fewer.
#pragma once

#include <cstdint>
#include <functional>

namespace layerscope {

// Threads in use, the calling one included.
int ThreadCount();

// Takes effect with the next loop; at least 1.
void SetThreadCount(int count);

// Runs piece(0) ... piece(count - 1), each once, on all threads; returns when all are done.
void ParallelFor(int64_t count, const std::function<void(int64_t)>& piece);

}  // namespace layerscope
