function message = refusal(identifier, action)
    % REFUSAL  Assert that something is refused, and return the message.
    %
    %   message = testing.refusal(identifier, action) calls the function action,
    %   which must raise an error with this identifier.

    try
        action();
    catch problem
        assert(strcmp(problem.identifier, identifier), 'testing:refusal', ...
               'raised ''%s'' (%s), not ''%s''', problem.identifier, problem.message, identifier);
        message = problem.message;
        return
    end
    error('testing:refusal', 'nothing was raised, but ''%s'' was expected', identifier);
end
