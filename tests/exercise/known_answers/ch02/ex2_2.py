# wrong: rounded down
# says: rounds up
# base: reference
# replace: n = (n + 1) // 2 → n //= 2

# wrong: the sizes counted
# says: not the sizes
def halvings(n):
    sizes = [n]
    while sizes[-1] > 1:
        sizes.append((sizes[-1] + 1) // 2)
    return len(sizes)


# wrong: logarithm of a float
# says: 53 bits
# points: 5
def halvings(n):
    return math.ceil(math.log2(n))


# wrong: true division
# says: int
# base: reference
# replace: (n + 1) // 2 → math.ceil(n / 2)


# wrong: one for one
# says: 1×1
# points: 5
def halvings(n):
    count = 1
    n = (n + 1) // 2
    while n > 1:
        n = (n + 1) // 2
        count += 1
    return count


# wrong: stops at two
# says: too early
# base: reference
# replace: n > 1 → n > 2


# wrong: prints and returns nothing
# says: return
# points: 0
def halvings(n):
    print((n - 1).bit_length())


# wrong: a float
# says: int
# points: 5
def halvings(n):
    return float((n - 1).bit_length())


# wrong: the rule without padding
# says: without padding
def halvings(n):
    count = 0
    while n > 1:
        n, count = (n - 3) // 2 + 1, count + 1
    return count


# wrong: halved and rounded to the nearest
# says: to the even one
def halvings(n):
    count = 0
    while n > 1:
        n, count = round(n / 2), count + 1
    return count


# wrong: halved as floats
# says: nor /
# points: 5
def halvings(n):
    count = 0
    while n > 1:
        n, count = n / 2, count + 1
    return count


# wrong: NumPy's logarithm, which raises for a very large n
# says: logarithms work with floats
# points: 5
def halvings(n):
    import numpy

    return int(numpy.ceil(numpy.log2(n)))


# right: bits
def halvings(n):
    return (n - 1).bit_length()


# right: recursion
def halvings(n):
    return 0 if n == 1 else 1 + halvings((n + 1) // 2)


# right: the power that is large enough
def halvings(n):
    k = 0
    while 2**k < n:
        k += 1
    return k


# right: the rule of the convolution
def halvings(n):
    steps = 0
    while n != 1:
        n = (n + 2 * 1 - 3) // 2 + 1
        steps += 1
    return steps
